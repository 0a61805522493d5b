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

/** A step that has not failed cannot be retried. */
export class NotRetryableStepError extends WeftError {
  readonly code = 'WEFT_STEP_NOT_FAILED';

  constructor(id: string, status: string) {
    super(`Step cannot be retried, it is ${status}: ${id}. Retry one that is failed or skipped`);
  }
}

/** A Result that does not belong to the step it names, and must not end it. */
export class ForeignResultError extends WeftError {
  readonly code = 'WEFT_FOREIGN_RESULT';

  constructor(stepId: string, field: 'correlation_id' | 'job_id') {
    super(`The Result is not of step ${stepId}: its ${field} is another one than the step's`);
  }
}
