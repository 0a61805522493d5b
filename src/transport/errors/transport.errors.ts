import { WeftError, type WeftErrorOptions } from './weft.error.js';

/**
 * Thrown at the start, and by `defineTopology`, when the declared topology does not hold, or does not fit the handlers
 * (`@OnBatch` options included) or what AWS has. The message names every fault.
 *
 * Change the declaration, start with `provision: 'create'`, or create what is missing by other means.
 */
export class TopologyError extends WeftError {
  readonly code: string = 'WEFT_TOPOLOGY';
}

/**
 * Thrown by the server's constructor and by `setConcurrency` for an option that is out of its range.
 *
 * Change the option: the message names each one and its range.
 */
export class InvalidOptionsError extends WeftError {
  readonly code: string = 'WEFT_INVALID_OPTIONS';
}

/**
 * Thrown by `emit` and `send` for a pattern without a route. Nothing was sent.
 *
 * Add a route for the pattern to the topology.
 */
export class NoRouteError extends WeftError {
  readonly code: string = 'WEFT_NO_ROUTE';
}

/**
 * Thrown by `emit` and `send` when SNS or SQS refused a message of a batch, at once by the sender's fault or after all
 * attempts; a call that fails as a whole fails with the SDK's error.
 *
 * Look at `retryable`: where it holds, send again, with the same id (`withId`) where twice would be too often.
 */
export class SendFailedError extends WeftError {
  readonly code: string = 'WEFT_SEND_FAILED';

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/**
 * Thrown by `emit` and `send` when more waits to be sent than memory is allowed for: `maxWaitingMessages` and
 * `maxWaitingBytes` are being sent, and as many bytes again wait. Nothing of this message was sent.
 *
 * Wait for each `emit`, or for some of them at a time, before the next ones; or raise the two limits.
 */
export class SendBufferFullError extends WeftError {
  readonly code: string = 'WEFT_SEND_BUFFER_FULL';

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/**
 * Thrown by `send` when no answer came in time. The request may still be handled.
 *
 * Give it more time (`requestTimeoutMs`, `withTimeout`), and repeat only what may be done twice.
 */
export class RequestTimeoutError extends WeftError {
  readonly code: string = 'WEFT_REQUEST_TIMEOUT';

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/**
 * Thrown by `send` when the request reached a server and no handler could answer it: none takes its pattern, it could
 * not be read, or its answer cannot be sent. It comes at once, and `details.reason` is the code of the error that the server met.
 *
 * Look at the reason: add the handler, change the request, or give the server a `payloadBucket` for large answers.
 */
export class RequestFailedError extends WeftError {
  readonly code: string = 'WEFT_REQUEST_FAILED';

  constructor({ code, message }: { readonly code: string; readonly message: string }) {
    super(message, { details: { reason: code } });
  }
}

/**
 * Thrown by `emit` and `send` when the client is closed, or is closed before the answer comes.
 *
 * Send before the shutdown, or make another client.
 */
export class ClientClosedError extends WeftError {
  readonly code: string = 'WEFT_CLIENT_CLOSED';
}

/**
 * Thrown by a Lambda function that is called with something that is no event of a queue it consumes; nothing of it
 * was handled.
 *
 * Compare the queues of its event source mapping with `consume` and the handlers.
 */
export class InvalidEventError extends WeftError {
  readonly code: string = 'WEFT_INVALID_EVENT';
}
