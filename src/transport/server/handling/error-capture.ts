import type { ExecutionContext } from '@nestjs/common';
import { catchError, Observable, throwError, type Subscriber } from 'rxjs';
import { isObject } from '../../../common/objects.js';

// Nest's filters may replace an error by another one before the transport sees it; what becomes of the message
// follows from the error itself, so it is noted on its way to them.
const captured = new WeakMap<object, unknown>();

/**
 * A pre-request hook that notes what a handler, guard, pipe or interceptor threw.
 *
 * Nest awaits what the hook returns. A failure that comes before any value rejects, as it does without a hook: only then
 * does Nest take a plain value of an exception filter as the value, and not as a stream.
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
  // Still an observable, for a hook that stands around this one.
  // oxlint-disable-next-line unicorn/no-thenable -- Nest awaits it.
  return Object.defineProperty(noted, 'then', {
    value: (resolve: (stream: Observable<T>) => void, reject: (error: unknown) => void): void =>
      new Begun(noted).whenBegun(resolve, reject),
  });
}

/** What was thrown below this context, or what came out of Nest when nothing was noted. */
export const originalError = (context: object, outcome: unknown): unknown =>
  captured.has(context) ? captured.get(context) : outcome;

type Step<T> = (subscriber: Subscriber<T>) => void;

/** A stream that runs already: keeps what it emits until somebody subscribes, once. */
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
