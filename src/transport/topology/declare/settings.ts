/** Attributes of a queue or a topic by AWS's names; empty for what it is not to have. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** What is new is made without what it is not to have: SQS and SNS refuse some attributes that are empty. */
export const forCreation = <T extends Settings>(settings: T): Partial<T> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== '')) as Partial<T>;

/** How one setting differs from what is declared. */
export const inWords = (name: string, is: Settings, wanted: Settings): string =>
  `${name} is ${is[name] || 'not set'}, declared ${wanted[name] || 'none'}`;
