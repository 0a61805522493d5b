import { wholeNumberFaults } from '../../common/whole-numbers.js';
import { InvalidOptionsError } from '../errors/index.js';
import { refuseFaults, unknownOptionFaults } from '../option-faults.js';
import {
  refuseMissing,
  SHARED_HINTS,
  SHARED_OPTIONS,
  sharedOptionFaults,
} from '../shared-options.js';
import { unsetOptionFaults } from '../unset-options.js';
import { MAX_WAIT_TIME_S, SQS_MAX_BYTES } from '../sns-sqs.constants.js';
import type { SnsSqsOptions, SnsSqsServerOptions } from '../sns-sqs.options.js';
import { MIN_LEASE_S } from './polling/receive.settings.js';

/** SQS allows this many messages of one queue in flight. */
const MAX_CONCURRENCY = 120_000;
const MAX_MS = 12 * 3600_000;

/** What only the server takes. */
export const SERVER_OPTIONS: Readonly<
  Record<Exclude<keyof SnsSqsServerOptions, keyof SnsSqsOptions>, true>
> = {
  transportId: true,
  consume: true,
  concurrency: true,
  maxInFlightBytes: true,
  waitTimeS: true,
  leaseS: true,
  drainTimeoutMs: true,
  maxLeaseMs: true,
  ackLingerMs: true,
  retry: true,
  idempotency: true,
  onPermanentError: true,
};

/** Options of Nest's own servers. */
const HINTS: Readonly<Record<string, string>> = {
  ...SHARED_HINTS,
  serializer: 'answers are JSON',
  deserializer: 'bodies are read by the `codec` of a queue',
};

/** @throws {InvalidOptionsError} naming every option that is unknown or out of its range. */
export function checkServerOptions(options: SnsSqsServerOptions): void {
  refuseMissing('SnsSqsServer', options);
  const { consume = [], retry = {} } = options;
  const shared = sharedOptionFaults(options);
  const known = shared.length > 0 ? [] : options.topology.queues.map(({ name }) => name);
  const faults = [
    ...unknownOptionFaults(options, { ...SHARED_OPTIONS, ...SERVER_OPTIONS }, HINTS),
    ...shared,
    ...wholeNumberFaults('concurrency', options.concurrency, 1, MAX_CONCURRENCY),
    ...wholeNumberFaults('waitTimeS', options.waitTimeS, 0, MAX_WAIT_TIME_S),
    ...wholeNumberFaults('drainTimeoutMs', options.drainTimeoutMs, 0, MAX_MS),
    ...wholeNumberFaults('maxLeaseMs', options.maxLeaseMs, 1, MAX_MS),
    ...wholeNumberFaults('leaseS', options.leaseS, MIN_LEASE_S, MAX_MS / 1000),
    ...wholeNumberFaults(
      'maxInFlightBytes',
      options.maxInFlightBytes,
      SQS_MAX_BYTES,
      Number.MAX_SAFE_INTEGER,
    ),
    ...wholeNumberFaults('ackLingerMs', options.ackLingerMs, 0, MAX_MS),
    ...wholeNumberFaults('retry.baseS', retry.baseS, 0, MAX_MS / 1000),
    ...wholeNumberFaults('retry.capS', retry.capS, 0, MAX_MS / 1000),
    ...unsetOptionFaults(options),
    ...(shared.length > 0 ? [] : consume)
      .filter((name) => !known.includes(name))
      .map(
        (name) =>
          `consume names the queue ${name}, which the topology does not declare; it declares: ${known.join(', ')}`,
      ),
  ];
  refuseFaults('SnsSqsServer', faults);
}

/** @throws {InvalidOptionsError} unless it is a whole number within SQS's limit of messages in flight. */
export function checkConcurrency(concurrency: number): void {
  const [fault] = wholeNumberFaults('concurrency', concurrency, 1, MAX_CONCURRENCY);
  if (fault !== undefined) throw new InvalidOptionsError(fault);
}
