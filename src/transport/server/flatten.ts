import { concatMap, from, isObservable, lastValueFrom, of, type Observable } from 'rxjs';

/**
 * Everything a handler's result finally emits. Filters may give observables,
 * promises, and observables of either; Nest hands them on as they are.
 */
export function flatten(result: unknown): Observable<unknown> {
  if (isObservable(result)) return result.pipe(concatMap(flatten));
  if (result instanceof Promise) return from(result).pipe(concatMap(flatten));
  return of(result);
}

/** Waits for the end of a result. A stream without a value has ended well. */
export async function settled(result: unknown): Promise<void> {
  const value: unknown = await result;
  if (isObservable(value)) await lastValueFrom(flatten(value), { defaultValue: undefined });
}
