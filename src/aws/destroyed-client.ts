/**
 * The error of a call by a client that was destroyed. Everybody takes it for a lost connection: the work was not refused, and
 * another client may do it. The SDK's retries of it end at once.
 */
export const destroyedClient = (): Error =>
  Object.assign(new Error('The AWS client was closed'), {
    name: 'TimeoutError',
    code: 'ECONNRESET',
  });
