import { wholeNumberFaults } from '../common/whole-numbers.js';
import { InvalidOptionsError } from './errors/index.js';
import type { RetryOptions } from './retry.options.js';
import { MAX_LEASE_HOURS } from './sns-sqs.constants.js';

/** Faults of a handler's time-out and back-off, which a queue or a decorator sets. */
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

/** @throws InvalidOptionsError naming every fault, if there is any. @param whose such as `SnsSqsClient`. */
export function refuseFaults(whose: string, faults: readonly string[]): void {
  if (faults.length > 0)
    throw new InvalidOptionsError(
      `The options of ${whose} are invalid:\n  ${faults.join('\n  ')}`,
      {
        details: { faults },
      },
    );
}

/**
 * Names options that do not exist: `ClientsModule` does not type its options, so a misspelt one would be ignored
 * silently.
 *
 * @param hints replacements for options that Nest's own transports have.
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
