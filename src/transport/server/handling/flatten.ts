import { concatMap, from, isObservable, of, type Observable } from 'rxjs';

/**
 * All values that a handler's result finally emits. Filters may return observables, promises, and observables of
 * either; Nest passes them on unchanged.
 */
export function flatten(result: unknown): Observable<unknown> {
  if (isObservable(result)) return result.pipe(concatMap(flatten));
  if (result instanceof Promise) return from(result).pipe(concatMap(flatten));
  return of(result);
}

/**
 * Consumes a handler's result.
 *
 * @param beforeEnd runs when the handler has ended, before its outcome is reported. @defaultValue none
 */
export type Deliver = (result: unknown, beforeEnd?: () => Promise<void>) => Promise<void>;

/** Waits for the end of a result, whatever it emits. */
export const settled: Deliver = async (result, beforeEnd) => {
  const value: unknown = await result;
  if (isObservable(value)) await ended(value);
  if (beforeEnd) await beforeEnd();
};

/**
 * Resolves at the end of a stream and of the streams and promises it emits. Runs for every message: subscribing by hand
 * costs half as much as `flatten`.
 */
const ended = (stream: Observable<unknown>): Promise<void> =>
  new Promise((resolve, reject) => {
    let open = 1;
    const end = (): void => {
      open -= 1;
      if (open === 0) resolve();
    };
    const subscription = stream.subscribe({
      next: (value) => {
        if (!isObservable(value) && !(value instanceof Promise)) return;
        open += 1;
        settled(value).then(end, (error: unknown) => {
          subscription.unsubscribe();
          reject(error);
        });
      },
      error: reject,
      complete: end,
    });
  });
