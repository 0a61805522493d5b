import { Injectable, Logger } from '@nestjs/common';
import {
  isJsonObject,
  MAX_NAME_LENGTH,
  normalizeTime,
  parseCommand,
  Result,
  type Command,
} from '../protocol/index.js';
import { InvalidMessageError, PermanentError } from '../transport/errors/index.js';
import type { SnsSqsContext } from '../transport/index.js';
import { ResultPublisher } from './result-publisher.js';
import { errorText } from './retryable.js';

const CONTROL_OR_UNPAIRED = /[\p{Cc}\p{Cs}\ufffe\uffff]/u;

/** Reads Commands, and answers invalid ones. */
@Injectable()
export class CommandRejection {
  readonly #logger = new Logger(CommandRejection.name);

  constructor(private readonly publisher: ResultPublisher) {}

  /**
   * Reads a message's Command. A missing correlation id is taken from the message, and a missing timestamp is the time
   * SQS accepted it; both are the same when the message is redelivered.
   *
   * @throws {ValidationFailedError} when it is not a Command.
   */
  read(body: unknown, context: SnsSqsContext): Command {
    if (!isJsonObject(body)) return parseCommand(body);
    const { correlation_id = context.messageId, timestamp = sentAt(context) } = body;
    return parseCommand({ ...body, correlation_id, timestamp });
  }

  /**
   * Answers with an error Result.
   *
   * @param type the handler that rejects it.
   * @throws {InvalidMessageError} if the message has no correlation id: no sender could recognise the answer, so the
   * message is dead-lettered with the reason.
   */
  async reject(body: unknown, type: string | undefined, error: unknown): Promise<Result> {
    const fields = isJsonObject(body) ? body : {};
    const correlationId = readable(fields['correlation_id']);
    const text = errorText(error);
    if (correlationId === undefined) {
      throw new InvalidMessageError(`Not a Command that can be answered: ${text}`, {
        cause: error,
      });
    }
    this.#logger.warn('Command rejected', { correlationId, reason: text });
    return this.publisher.publish(
      Result.error({
        correlation_id: correlationId,
        job_id: readable(fields['job_id']) ?? null,
        step_id: readable(fields['step_id']) ?? null,
        handler: type ?? null,
        errors: [text],
      }),
    );
  }
}

/** The error of a Command that reached the handler of another type. */
export const foreignType = (type: string): PermanentError =>
  new PermanentError(`This service does not handle Commands of type ${type}`);

function sentAt(context: SnsSqsContext): string | undefined {
  const sentMs = Number(context.getMessage().Attributes?.['SentTimestamp']);
  return Number.isSafeInteger(sentMs) && sentMs > 0
    ? normalizeTime(new Date(sentMs).toISOString())
    : undefined;
}

/** An id that a Result can contain. */
const readable = (value: unknown): string | undefined =>
  typeof value === 'string' &&
  value !== '' &&
  value.length <= MAX_NAME_LENGTH &&
  !CONTROL_OR_UNPAIRED.test(value)
    ? value
    : undefined;
