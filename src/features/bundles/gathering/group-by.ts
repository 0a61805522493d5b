const PREFIX = /^prefix:([1-9]|1[0-6])$/;
const REGULAR_EXPRESSION = /^\/(.+)\/$/;

/** All objects are one group. */
const EVERYTHING = '';

/** Whether a value of `BUNDLE_GROUP_BY` is valid. */
export function isGrouping(value: string): boolean {
  return PREFIX.test(value) || expressionOf(value) !== undefined;
}

/**
 * Returns a function from an object's key to its group. All keys that do not match form one group.
 *
 * @param value value of `BUNDLE_GROUP_BY`.
 * @example
 * grouping('prefix:1')('logs/2026/a.json'); // 'logs'
 * grouping('/^logs-(\\d+)/')('logs-17/a.json'); // '17'
 */
export function grouping(value: string | undefined): (key: string) => string {
  const parts = Number(PREFIX.exec(value ?? '')?.[1] ?? 0);
  if (parts > 0) return (key) => key.split('/').slice(0, -1).slice(0, parts).join('/');
  const expression = expressionOf(value ?? '');
  if (expression === undefined) return () => EVERYTHING;
  return (key) => {
    const match = expression.exec(key);
    return match?.[1] ?? match?.[0] ?? EVERYTHING;
  };
}

function expressionOf(value: string): RegExp | undefined {
  const [, source] = REGULAR_EXPRESSION.exec(value) ?? [];
  if (source === undefined) return undefined;
  try {
    return new RegExp(source, 'u');
  } catch {
    return undefined;
  }
}
