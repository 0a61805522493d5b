import { wholeNumberFaults } from '../../../common/whole-numbers.js';
import { TopologyError } from '../../errors/index.js';
import { DEFAULT_RETENTION_S } from '../../sns-sqs.constants.js';
import { isForeign } from '../../../common/resource-names.js';
import { deadLetterName } from '../declare/dead-letter-name.js';
import type { Topology } from '../declare/topology.js';
import { logicalId } from './logical-id.js';
import { queueId } from './resources.js';

/**
 * CloudWatch alarms on the queues of a topology: one when a dead-letter queue has messages, one when the oldest message
 * of another queue is too old.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export interface AlarmOptions {
  /**
   * Maximum age in seconds of a queue's oldest message. The default is three times the longest pause of a retry (300
   * s); an older message means that consumers do not keep up. Set it above the time of your slowest handler. At most
   * half of the queue's retention is used, so that there is time left to save the messages.
   * @defaultValue 900
   */
  readonly maxAgeS?: number;
  /** ARNs that the alarm notifies, such as of an SNS topic. @defaultValue none: the alarm only shows in CloudWatch */
  readonly actions?: readonly string[];
}

/** Options of an exported template. */
export interface ExportOptions {
  /** Alarms on the queues; `{}` for alarms with default values. @defaultValue none */
  readonly alarms?: AlarmOptions;
}

/** One alarm, independent of the tool. */
export interface Alarm {
  readonly id: string;
  readonly queueId: string;
  readonly name: string;
  readonly description: string;
  readonly metric: 'ApproximateNumberOfMessagesVisible' | 'ApproximateAgeOfOldestMessage';
  /** The alarm is on above this value. */
  readonly threshold: number;
}

const DEFAULT_MAX_AGE_S = 900;
const MAX_RETENTION_S = 14 * 24 * 3600;

/** How often SQS reports to CloudWatch. */
export const ALARM_PERIOD_S = 60;

/** @throws TopologyError when `maxAgeS` is not a whole number of seconds from 1 to 14 days. */
export function alarmsOf(
  { queues }: Topology,
  { maxAgeS = DEFAULT_MAX_AGE_S }: AlarmOptions,
): Alarm[] {
  const [fault] = wholeNumberFaults('alarms.maxAgeS', maxAgeS, 1, MAX_RETENTION_S);
  if (fault !== undefined) throw new TopologyError(fault);
  const deadLetters = new Set(queues.map(deadLetterName).filter((name) => name !== undefined));
  const kept = queues.filter(({ name, broadcast }) => !broadcast && !isForeign(name));
  return [
    ...[...deadLetters].map(notEmpty),
    ...kept
      .filter(({ name }) => !deadLetters.has(name))
      .map(({ name, retentionS = DEFAULT_RETENTION_S }) =>
        tooOld(name, Math.min(maxAgeS, Math.floor(retentionS / 2))),
      ),
  ];
}

const notEmpty = (queue: string): Alarm => ({
  id: logicalId('Dead', queue),
  queueId: queueId(queue),
  name: `${queue}-not-empty`,
  description: `${queue} has messages that could not be handled`,
  metric: 'ApproximateNumberOfMessagesVisible',
  threshold: 0,
});

const tooOld = (queue: string, ageS: number): Alarm => ({
  id: logicalId('Age', queue),
  queueId: queueId(queue),
  name: `${queue}-too-old`,
  description: `The oldest message of ${queue} was not handled for ${ageS} s`,
  metric: 'ApproximateAgeOfOldestMessage',
  threshold: ageS,
});
