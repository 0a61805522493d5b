import { concatMap, from, isObservable, of, type Observable } from 'rxjs';

/**
 * Everything a handler's result finally emits. Filters may give observables,
 * promises, and observables of either; Nest hands them on as they are.
 */
export function flatten(result: unknown): Observable<unknown> {
  if (isObservable(result)) return result.pipe(concatMap(flatten));
  if (result instanceof Promise) return from(result).pipe(concatMap(flatten));
  return of(result);
}

/**
 * Takes what a handler gives back to its end.
 *
 * @param beforeEnd what must be done when the handler has ended and before its outcome is reported. Absent: nothing.
 */
export type Deliver = (result: unknown, beforeEnd?: () => Promise<void>) => Promise<void>;

/** Waits for the end of a result, whatever it emits. */
export const settled: Deliver = async (result, beforeEnd) => {
  const value: unknown = await result;
  if (isObservable(value)) await ended(value);
  if (beforeEnd) await beforeEnd();
};

/**
 * The end of a stream, and of the streams and promises it emits. Every message
 * comes by here: subscribing by hand costs half of what `flatten` does.
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
