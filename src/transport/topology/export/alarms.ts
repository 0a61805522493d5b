import { wholeNumberFaults } from '../../../common/whole-numbers.js';
import { TopologyError } from '../../errors/index.js';
import { DEFAULT_RETENTION_S } from '../../sns-sqs.constants.js';
import { deadLetterName, isForeign } from '../declare/names.js';
import type { Topology } from '../declare/topology.js';
import { logicalId } from './logical-id.js';
import { queueId } from './resources.js';

/**
 * Alarms of CloudWatch on the queues of a topology: that a dead-letter queue has messages, and that the oldest message
 * of another queue is too old.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export interface AlarmOptions {
  /**
   * Seconds that the oldest message of a queue may have been there. Three pauses of the longest that a retry takes
   * (300 s): what is older, nobody keeps up with. More than your slowest handler takes; counted as half of the
   * queue's retention at most, so that there is time left to save the messages.
   * @defaultValue 900
   */
  readonly maxAgeS?: number;
  /** ARNs of what the alarm notifies, such as an SNS topic. @defaultValue none: the alarm is only seen */
  readonly actions?: readonly string[];
}

/** What goes into an exported template beside topics, queues and subscriptions. */
export interface ExportOptions {
  /** Alarms on the queues; `{}` for those with their defaults. @defaultValue none */
  readonly alarms?: AlarmOptions;
}

/** One alarm, in no tool's words yet. */
export interface Alarm {
  readonly id: string;
  readonly queueId: string;
  readonly name: string;
  readonly description: string;
  readonly metric: 'ApproximateNumberOfMessagesVisible' | 'ApproximateAgeOfOldestMessage';
  /** It is one above this. */
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
