import { WeftError, type WeftErrorOptions } from './weft.error.js';

/**
 * Thrown at the start, and by `defineTopology`, when the declared topology is inconsistent, or does not match the
 * handlers (`@OnBatch` options included) or AWS. The message names every fault.
 *
 * Change the declaration, start with `provision: 'create'`, or create what is missing by other means.
 */
export class TopologyError extends WeftError {
  readonly code: string = 'WEFT_TOPOLOGY';
}

/**
 * Thrown as a server, a client or `SnsSqsModule` is made, and by `setConcurrency`, for an option that is missing, unknown or
 * out of its range.
 *
 * Change the option: the message names each one, and what it must be.
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
 * Thrown by `emit` and `send` when SNS or SQS refused a message of a batch: at once if the message is at fault,
 * otherwise after all attempts. A call that fails as a whole fails with the SDK's error.
 *
 * If `retryable` is true, send again; use the same id (`withId`) if the message must not be handled twice.
 */
export class SendFailedError extends WeftError {
  readonly code: string = 'WEFT_SEND_FAILED';

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/**
 * Thrown by `emit` and `send` when the send buffer is full: `maxWaitingMessages` or `maxWaitingBytes` are being sent,
 * and as many bytes again wait. Nothing of this message was sent.
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
 * Allow more time (`requestTimeoutMs`, `withTimeout`). Repeat only requests that may be handled twice.
 */
export class RequestTimeoutError extends WeftError {
  readonly code: string = 'WEFT_REQUEST_TIMEOUT';

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/**
 * Thrown by `send` when the request reached a server and no handler could answer it: none takes its pattern, it could
 * not be read, or its answer cannot be sent. It comes at once; `details.reason` is the code of the server's error.
 *
 * According to the reason, add the handler, change the request, or give the server a `payloadBucket` for large answers.
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
 * Send before the shutdown, or create another client. A handler that throws it is retried: its process shuts down, and
 * another one can send.
 */
export class ClientClosedError extends WeftError {
  readonly code: string = 'WEFT_CLIENT_CLOSED';

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/**
 * Thrown by a Lambda function that was called with an event of no queue it consumes; nothing was handled.
 *
 * Compare the queues of the event source mappings with `consume` and the handlers.
 */
export class InvalidEventError extends WeftError {
  readonly code: string = 'WEFT_INVALID_EVENT';
}
