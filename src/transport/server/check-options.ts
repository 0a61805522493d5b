import { InvalidOptionsError } from '../errors/index.js';
import { unsetOptionFaults } from '../unset-options.js';
import { MAX_WAIT_TIME_S } from '../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';

/** As many messages of one queue SQS lets be in flight at all. */
const MAX_CONCURRENCY = 120_000;
const MAX_MS = 12 * 3600_000;

/** @throws {InvalidOptionsError} naming every option that is out of its range. */
export function checkServerOptions(options: SnsSqsServerOptions): void {
  const { topology, consume = [], retry = {} } = options;
  const known = topology.queues.map(({ name }) => name);
  const faults = [
    ...range('concurrency', options.concurrency, 1, MAX_CONCURRENCY),
    ...range('waitTimeS', options.waitTimeS, 0, MAX_WAIT_TIME_S),
    ...range('drainTimeoutMs', options.drainTimeoutMs, 0, MAX_MS),
    ...range('maxLeaseMs', options.maxLeaseMs, 1, MAX_MS),
    ...range('ackLingerMs', options.ackLingerMs, 0, MAX_MS),
    ...range('retry.baseS', retry.baseS, 0, MAX_MS / 1000),
    ...range('retry.capS', retry.capS, 0, MAX_MS / 1000),
    ...unsetOptionFaults(options),
    ...consume
      .filter((name) => !known.includes(name))
      .map(
        (name) =>
          `consume names the queue ${name}, which the topology does not declare; it declares: ${known.join(', ')}`,
      ),
  ];
  if (faults.length > 0)
    throw new InvalidOptionsError(`The options do not hold:\n  ${faults.join('\n  ')}`, {
      details: { faults },
    });
}

/** @throws {InvalidOptionsError} when it is no whole number of messages that SQS lets be in flight. */
export function checkConcurrency(concurrency: number): void {
  const [fault] = range('concurrency', concurrency, 1, MAX_CONCURRENCY);
  if (fault !== undefined) throw new InvalidOptionsError(fault);
}

/** The option's fault in words, when it is no whole number of the range. */
export function range(
  name: string,
  value: number | undefined,
  low: number,
  high: number,
): string[] {
  const fits = value === undefined || (Number.isInteger(value) && value >= low && value <= high);
  return fits ? [] : [`${name} is ${value}, must be a whole number from ${low} to ${high}`];
}
