import { InvalidOptionsError } from './errors/index.js';
import { unsetFault } from './topology/declare/pattern.js';

/** Options whose absence has a meaning of its own: a server without `consume` receives from every queue. */
const TELLING = ['consume', 'replyQueue', 'payloadBucket', 'replyQueuePrefix'] as const;

/** A fault for each option with the value of an unset variable. */
export const unsetOptionFaults = (options: object): string[] =>
  TELLING.flatMap((name) => {
    const value: unknown = Reflect.get(options, name);
    const fault = name in options && !Array.isArray(value) ? unsetFault(value) : undefined;
    return fault === undefined ? [] : [`${name} ${fault}, or leave it out`];
  });

/** @throws InvalidOptionsError naming each such option. */
export function refuseUnsetOptions(options: object): void {
  const faults = unsetOptionFaults(options);
  if (faults.length > 0)
    throw new InvalidOptionsError(`The options are invalid:\n  ${faults.join('\n  ')}`, {
      details: { faults },
    });
}
