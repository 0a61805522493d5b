/** Whether a declared pattern, exact or with a trailing `*`, matches a message's pattern. */
export function covers(declared: string, pattern: string): boolean {
  return declared.endsWith('*') ? pattern.startsWith(declared.slice(0, -1)) : declared === pattern;
}

export function coveredBy(declared: readonly string[], pattern: string): boolean {
  return declared.some((one) => covers(one, pattern));
}

/** A name built from an unset variable: `orders-${process.env.STAGE}`. */
const UNSET = /(?:^|[^a-z0-9])undefined(?:$|[^a-z0-9])/i;
/** The same for a pattern, only at its beginning: elsewhere it may be a word of the application. */
const UNSET_BEGINNING = /^undefined(?:$|[^a-z0-9])/i;
/** Wildcards of NATS, MQTT and AMQP as a whole part of a pattern. */
const FOREIGN_WILDCARD = /(?:^|[./])[#>+](?:$|[./])/;

/** The fault of a value from an unset or empty variable; undefined if there is none. */
export function missingFault(value: unknown): string | undefined {
  if (value === undefined || value === null)
    return `is ${String(value)}, as the value of an unset variable is: set the variable, or give it a text`;
  return value === ''
    ? 'is empty, as the value of an empty variable is: give it a text'
    : undefined;
}

/** The same for a name, which may also contain such a variable. */
export const unsetFault = (name: unknown): string | undefined =>
  missingFault(name) ?? (typeof name === 'string' && UNSET.test(name) ? BUILT : undefined);

const BUILT = 'contains "undefined", as a text built from an unset variable does: set the variable';

/** Why no message can ever have this text as its pattern; undefined if one can. */
export function patternTextFault(pattern: string): string | undefined {
  if (pattern.slice(0, -1).includes('*') || FOREIGN_WILDCARD.test(pattern))
    return 'has a wildcard that is never matched: only a * at the end is one, and it stands for any rest';
  return missingFault(pattern) ?? (UNSET_BEGINNING.test(pattern) ? BUILT : undefined);
}
