import type { ExecutionContext } from '@nestjs/common';
import { catchError, Observable, throwError, type Subscriber } from 'rxjs';
import { isObject } from '../../../common/objects.js';

// Nest's filters may replace an error before the transport sees it. The original error decides what happens to the
// message, so it is recorded before the filters run.
const captured = new WeakMap<object, unknown>();

/**
 * A pre-request hook that records the error of a handler, guard, pipe or interceptor.
 *
 * Nest awaits the hook's result. A failure before the first value rejects, as it does without a hook: only then does
 * Nest treat an exception filter's plain value as a value, not as a stream.
 */
export function captureErrors<T>(
  context: ExecutionContext,
  next: () => Observable<T>,
): Observable<T> {
  const noted = next().pipe(
    catchError((error: unknown) => {
      const rpc: unknown = context.switchToRpc().getContext();
      if (isObject(rpc)) captured.set(rpc, error);
      return throwError(() => error);
    }),
  );
  // Still an observable, for a hook around this one.
  // oxlint-disable-next-line unicorn/no-thenable -- Nest awaits it.
  return Object.defineProperty(noted, 'then', {
    value: (resolve: (stream: Observable<T>) => void, reject: (error: unknown) => void): void =>
      new Begun(noted).whenBegun(resolve, reject),
  });
}

/** The error recorded for this context, or Nest's outcome if none was recorded. */
export const originalError = (context: object, outcome: unknown): unknown =>
  captured.has(context) ? captured.get(context) : outcome;

type Step<T> = (subscriber: Subscriber<T>) => void;

/** A running stream: keeps its values until its one subscriber comes. */
class Begun<T> {
  readonly #kept: Step<T>[] = [];
  #subscriber: Subscriber<T> | undefined;

  constructor(private readonly source: Observable<T>) {}

  /** Resolves with the whole stream at its first value or its end; rejects when it fails before that. */
  whenBegun(resolve: (stream: Observable<T>) => void, reject: (error: unknown) => void): void {
    let begun = false;
    const pass = (step: Step<T>): void => {
      if (this.#subscriber) step(this.#subscriber);
      else this.#kept.push(step);
      if (!begun) resolve(stream);
      begun = true;
    };
    const subscription = this.source.subscribe({
      next: (value) => pass((subscriber) => subscriber.next(value)),
      error: (error: unknown) =>
        begun ? pass((subscriber) => subscriber.error(error)) : reject(error),
      complete: () => pass((subscriber) => subscriber.complete()),
    });
    const stream = new Observable<T>((subscriber) => {
      this.#subscriber = subscriber;
      for (const step of this.#kept.splice(0)) step(subscriber);
      return subscription;
    });
  }
}
