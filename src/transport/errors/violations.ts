import type { Violation } from './message.errors.js';

/** Most violations an error carries; a hostile payload could have thousands. */
export const MAX_VIOLATIONS = 100;
/** Characters of what is said of one field. */
export const MAX_MESSAGE_LENGTH = 500;
/** Violations that the message of an error says. */
export const MAX_VIOLATIONS_SAID = 20;

/** What class-validator says of one property: a `ValidationError`, which is not named here as it is an optional package. */
export interface InvalidProperty {
  readonly property: string;
  /** What is wrong, by the name of the check; the check that stands lowest in the class comes first. */
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly InvalidProperty[];
}

/**
 * class-validator's tree as a list, with paths such as `inputs.0.location`, no longer than an error carries. Of each
 * field it names what the first of its decorators says: a value of the wrong type fails most of the others as well.
 * For the same reason a field that is at fault itself is not looked into.
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
