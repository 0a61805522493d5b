/**
 * A signal within this time of the first is its echo: Ctrl-C reaches the whole process group,
 * and npm passes the signal that it got itself on to the process it started.
 */
const ECHO_MS = 1_500;

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * Waits for the first SIGTERM or SIGINT, from the moment it is called.
 *
 * @param onSecond called for a signal that the user sent a second time, so as not to wait any longer
 */
export function stopSignal(onSecond: () => void): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let firstAt: number | undefined;
  const handle = (signal: NodeJS.Signals): void => {
    if (firstAt !== undefined && performance.now() - firstAt > ECHO_MS) onSecond();
    firstAt ??= performance.now();
    resolve(signal);
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return promise;
}
