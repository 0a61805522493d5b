import { WeftError, type WeftErrorOptions } from './weft.error.js';

/** The declared topology and the handlers, or AWS, do not fit together. */
export class TopologyError extends WeftError {
  readonly code: string = 'WEFT_TOPOLOGY';
}

/** An option of the server or the client is out of its range. */
export class InvalidOptionsError extends WeftError {
  readonly code: string = 'WEFT_INVALID_OPTIONS';
}

/** A pattern is sent for which no route is declared. */
export class NoRouteError extends WeftError {
  readonly code: string = 'WEFT_NO_ROUTE';
}

/** A declared topic is not there. */
export class TopicNotFoundError extends WeftError {
  readonly code: string = 'WEFT_TOPIC_NOT_FOUND';
}

/** SNS or SQS did not take the message, after all attempts. */
export class SendFailedError extends WeftError {
  readonly code: string = 'WEFT_SEND_FAILED';

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/** No answer came in time. The request may still be handled. */
export class RequestTimeoutError extends WeftError {
  readonly code: string = 'WEFT_REQUEST_TIMEOUT';

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, { retryable: true, ...options });
  }
}

/** The client was closed while the call was under way. */
export class ClientClosedError extends WeftError {
  readonly code: string = 'WEFT_CLIENT_CLOSED';
}

/** A Lambda function was called with something that is no event of a queue it consumes. */
export class InvalidEventError extends WeftError {
  readonly code: string = 'WEFT_INVALID_EVENT';
}
