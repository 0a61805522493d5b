/** Whether a value is an object of any kind, including lists, dates and instances, but not null or a function. */
export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null;

/** Whether a value is an object in JSON's sense: neither null nor a list. An instance of a class counts. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && !Array.isArray(value);

/** The fields of an object in JSON's sense; none for any other value. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  isJsonObject(value) ? value : {};
