/** Whether a declared pattern, exact or with a trailing `*`, covers one. */
export function covers(declared: string, pattern: string): boolean {
  return declared.endsWith('*') ? pattern.startsWith(declared.slice(0, -1)) : declared === pattern;
}

export function coveredBy(declared: readonly string[], pattern: string): boolean {
  return declared.some((one) => covers(one, pattern));
}

/** A text built from a variable that is not set: `${process.env.STAGE}.placed`. */
const UNSET = /(?:^|[^a-z0-9])undefined(?:$|[^a-z0-9])/i;
/** Wildcards of NATS, MQTT and AMQP, as a part of their own. */
const FOREIGN_WILDCARD = /(?:^|[./])[#>+](?:$|[./])/;

/** What is wrong with a name or a pattern that comes from a variable which is not set, in words. */
export function unsetFault(text: unknown): string | undefined {
  if (text === undefined || text === null)
    return `is ${String(text)}, as the value of an unset variable is: set the variable, or give it a text`;
  if (text === '') return 'is empty, as the value of an empty variable is: give it a text';
  return typeof text === 'string' && UNSET.test(text)
    ? 'contains "undefined", as a text built from an unset variable does: set the variable'
    : undefined;
}

/** Why no message can ever have a pattern that is a text, in words; undefined when one can. */
export function patternTextFault(pattern: string): string | undefined {
  if (pattern.slice(0, -1).includes('*') || FOREIGN_WILDCARD.test(pattern))
    return 'has a wildcard that is never matched: only a * at the end is one, and it stands for any rest';
  return unsetFault(pattern);
}
