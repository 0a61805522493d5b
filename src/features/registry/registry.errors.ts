import { WeftError } from '../../transport/errors/index.js';

/** There is no such job or step. */
export class NotInRegistryError extends WeftError {
  readonly code = 'WEFT_NOT_IN_REGISTRY';

  constructor(what: 'Job' | 'Step', id: string) {
    super(`${what} not found: ${id}`);
  }
}

/** The id of a new job or step is taken. */
export class AlreadyInRegistryError extends WeftError {
  readonly code = 'WEFT_ALREADY_IN_REGISTRY';

  constructor(what: 'Job' | 'Step', id: string) {
    super(`${what} already exists: ${id}`);
  }
}

/** The job or step has ended, and with another status. */
export class AlreadyEndedError extends WeftError {
  readonly code = 'WEFT_ALREADY_ENDED';

  constructor(what: 'Job' | 'Step', status: string, id: string) {
    super(`${what} is already ${status}: ${id}`);
  }
}
