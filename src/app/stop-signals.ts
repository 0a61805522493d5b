/**
 * A second signal within this time is an echo of the first: Ctrl-C reaches the whole process group, and npm also
 * forwards its own signal to its child.
 */
const ECHO_MS = 1_500;

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * Waits for the first SIGTERM or SIGINT, from the moment it is called.
 *
 * @param onSecond called when the user sends a second signal, to stop without waiting
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
