/** Attributes of a queue or a topic by AWS's names; an empty value removes the attribute. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Drops empty values for a new queue or topic, because SQS and SNS refuse some of them. */
export const forCreation = <T extends Settings>(settings: T): Partial<T> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== '')) as Partial<T>;

/** Describes how one setting differs from its declaration. */
export const inWords = (name: string, is: Settings, wanted: Settings): string =>
  `${name} is ${is[name] || 'not set'}, declared ${wanted[name] || 'none'}`;
