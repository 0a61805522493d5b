/** As `NodeHttpHandler` reports a time-out, which the SDK retries. */
export const partialAnswer = (limitMs: number): Error =>
  Object.assign(new Error(`Only a part of the answer came within ${limitMs} ms`), {
    name: 'TimeoutError',
    code: 'ETIMEDOUT',
  });
