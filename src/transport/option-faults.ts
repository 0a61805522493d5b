/** A value that is no whole number of its range, in words. */
export const wholeNumberFaults = (
  name: string,
  value: number | undefined,
  low: number,
  high: number,
): string[] =>
  value === undefined || (Number.isInteger(value) && value >= low && value <= high)
    ? []
    : [`${name} is ${value}, must be a whole number from ${low} to ${high}`];

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
      return `${name} is no option of it: ${hint ?? `there are ${Object.keys(known).join(', ')}`}`;
    });
