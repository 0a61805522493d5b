import { wholeNumberFaults } from '../common/whole-numbers.js';
import type { RetryOptions } from './retry.options.js';
import { MAX_LEASE_HOURS } from './sns-sqs.constants.js';

/** How long a handler may run, and how what it failed is retried; a queue says it, or a decorator. */
export const retryingFaults = ({
  timeoutMs,
  retry = {},
}: {
  readonly timeoutMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
}): string[] => [
  ...wholeNumberFaults('timeoutMs', timeoutMs, 1, MAX_LEASE_HOURS * 3600_000),
  ...wholeNumberFaults('retry.baseS', retry.baseS, 0, MAX_LEASE_HOURS * 3600),
  ...wholeNumberFaults('retry.capS', retry.capS, 0, MAX_LEASE_HOURS * 3600),
];

/**
 * Options that do not exist, by name: through `ClientsModule` options are not typed, and one that is ignored is missed.
 *
 * @param hints what to use in place of an option that Nest's own transports have.
 */
export const unknownOptionFaults = (
  options: object,
  known: Readonly<Record<string, true>>,
  hints: Readonly<Record<string, string>>,
): string[] =>
  Object.keys(options)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => {
      const hint = Object.hasOwn(hints, name) ? hints[name] : undefined;
      return `${name} is not an option: ${hint ?? `the options are ${Object.keys(known).join(', ')}`}`;
    });
