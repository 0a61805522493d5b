import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { isObject } from '../../common/objects.js';
import {
  MessageTooLargeError,
  NoRouteError,
  RequestTimeoutError,
  ValidationFailedError,
  WeftError,
  type Violation,
} from '../../transport/errors/index.js';
import { ERRORS_PATH, MAX_NAMED_ERRORS } from './http.constants.js';

/** An error as RFC 9457 writes it. https://www.rfc-editor.org/rfc/rfc9457 */
interface Problem {
  /** The section of docs/errors.md about it, relative to the service, which serves the page. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** A violation for each invalid field. */
  readonly errors?: readonly Violation[];
}

export function problem(
  status: number,
  detail: string,
  errors: readonly Violation[] = [],
  code = `http-${status}`,
): Problem {
  return {
    type: `/${ERRORS_PATH}#${code.toLowerCase()}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(errors.length > 0 && { errors: errors.slice(0, MAX_NAMED_ERRORS) }),
  };
}

const INTERNAL = problem(500, 'The request failed for a reason inside the service');

/** The part of an error that a caller may see. An internal error is reported without any detail. */
export function problemOf(error: unknown): Problem {
  if (error instanceof WeftError) return problemOfWeftError(error);
  if (error instanceof HttpException) return problemOfHttpException(error);
  return INTERNAL;
}

function problemOfWeftError(error: WeftError): Problem {
  const { code, message } = error;
  if (error instanceof ValidationFailedError) return problem(400, message, error.violations, code);
  if (error instanceof MessageTooLargeError) return problem(413, message, [], code);
  if (error instanceof RequestTimeoutError) return problem(504, message, [], code);
  if (error instanceof NoRouteError) return INTERNAL;
  if (error.retryable) {
    return problem(503, 'The request cannot be served now; try again later', [], code);
  }
  return problem(400, message, [], code);
}

function problemOfHttpException(error: HttpException): Problem {
  const status = error.getStatus();
  const parserText = PARSER_TEXTS.get(parserErrorType(error.cause));
  if (parserText !== undefined) return problem(status, parserText);
  const body = error.getResponse();
  const facts: Readonly<Record<string, unknown>> = typeof body === 'object' ? { ...body } : {};
  const { message, errors } = facts;
  const detail = Array.isArray(message) ? message.join('; ') : message;
  return problem(
    status,
    typeof detail === 'string' ? detail : error.message,
    Array.isArray(errors) ? errors.filter(isViolation) : [],
  );
}

/** Plain texts for the errors of body-parser. */
const PARSER_TEXTS: ReadonlyMap<unknown, string> = new Map([
  ['entity.too.large', 'The body is larger than 1 MiB'],
  ['entity.parse.failed', 'The body is not a JSON object or list'],
  ['encoding.unsupported', 'The content encoding of the body is not supported'],
  ['charset.unsupported', 'The charset of the body is not supported'],
  ['request.aborted', 'The request was cut off'],
]);

const parserErrorType = (cause: unknown): unknown =>
  isObject(cause) && 'type' in cause ? cause.type : undefined;

const isViolation = (value: unknown): value is Violation =>
  isObject(value) &&
  typeof (value as Violation).field === 'string' &&
  typeof (value as Violation).message === 'string';
