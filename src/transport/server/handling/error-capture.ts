import type { ExecutionContext } from '@nestjs/common';
import { catchError, throwError, type Observable } from 'rxjs';

// Nest's filters replace an error by "Internal server error" before the transport sees it; what becomes of the
// message follows from the error itself, so it is noted on its way to them.
const captured = new WeakMap<object, unknown>();

/** A pre-request hook that notes what a handler, guard, pipe or interceptor threw. */
export function captureErrors<T>(
  context: ExecutionContext,
  next: () => Observable<T>,
): Observable<T> {
  return next().pipe(
    catchError((error: unknown) => {
      const rpc: unknown = context.switchToRpc().getContext();
      if (typeof rpc === 'object' && rpc !== null) captured.set(rpc, error);
      return throwError(() => error);
    }),
  );
}

/** What was thrown below this context, or what came out of Nest when nothing was noted. */
export const originalError = (context: object, outcome: unknown): unknown =>
  captured.has(context) ? captured.get(context) : outcome;
