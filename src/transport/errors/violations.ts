import type { Violation } from './message.errors.js';

/** Maximum number of violations an error carries; a hostile payload could have thousands. */
export const MAX_VIOLATIONS = 100;
/** Maximum characters of one violation. */
export const MAX_MESSAGE_LENGTH = 500;
/** Violations that an error's message names. */
export const MAX_VIOLATIONS_SAID = 20;

/** One `ValidationError` of class-validator, described here because that package is optional. */
interface InvalidProperty {
  readonly property: string;
  /** Failure messages by the name of the check; the lowest check in the class comes first. */
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly InvalidProperty[];
}

/**
 * class-validator's tree as a list, with paths such as `inputs.0.location`, no longer than an error carries. Of each
 * field only the first decorator's failure is named, because a value of the wrong type fails most of the others too.
 * For the same reason the contents of a failed field are skipped.
 */
export function violationsOf(errors: readonly InvalidProperty[]): Violation[] {
  const violations: Violation[] = [];
  collect(errors, '', violations);
  return violations;
}

function collect(errors: readonly InvalidProperty[], path: string, into: Violation[]): void {
  for (const { property, constraints = {}, children = [] } of errors) {
    if (into.length >= MAX_VIOLATIONS) return;
    const field = `${path}${property}`;
    const message = Object.values(constraints).at(-1);
    if (message === undefined) collect(children, `${field}.`, into);
    else into.push({ field, message: message.slice(0, MAX_MESSAGE_LENGTH) });
  }
}
