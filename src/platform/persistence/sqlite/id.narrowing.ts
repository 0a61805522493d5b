import type { IndexKey } from './index.key.js';
import type { Bound, PathNarrowing } from './narrowing.js';

/**
 * The same condition for the column of ids, which are texts. SQLite would compare a number as the text of its digits
 * there, so numbers become what they are to texts: lower than all of them.
 */
export function idNarrowing(one: PathNarrowing): PathNarrowing {
  const { narrowing } = one;
  if (one.path !== '_id' || narrowing.kind === 'present') return one;
  if (narrowing.kind === 'points') {
    return { ...one, narrowing: { kind: 'points', keys: narrowing.keys.filter(isText) } };
  }
  const { from, to } = narrowing;
  return {
    ...one,
    narrowing: { kind: 'range', from: textBound(from, true), to: textBound(to, false) },
  };
}

const isText = (key: IndexKey): boolean => typeof key === 'string';

function textBound(bound: Bound, inclusive: boolean): Bound {
  return typeof bound.key === 'number' ? { key: '', inclusive } : bound;
}
