import {
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Result, type Command, type Outcome } from '../protocol/index.js';
import { WeftError } from '../transport/errors/index.js';
import type { SnsSqsContext } from '../transport/index.js';
import { oneLine } from '../transport/observing/log-text.js';
import { attemptedBy } from './attempted.js';
import { messageContext, rememberCommand } from './command-context.js';
import { CommandRejection, foreignType } from './command-rejection.js';
import { COMMAND_TYPE } from './messaging.constants.js';
import { ResultPublisher } from './result-publisher.js';
import { errorText, isRetryable } from './retryable.js';
import { RunningCommands } from './running-commands.js';

/**
 * Wraps every Command handler: reads the Command, measures the time, makes a Result of the Outcome or the error, and
 * completes only when Events and Result are published. The Result is also the answer to a waiting caller.
 */
@Injectable()
export class CommandInterceptor implements NestInterceptor<Outcome | undefined, Result> {
  readonly #logger = new Logger(CommandInterceptor.name);

  constructor(
    private readonly publisher: ResultPublisher,
    private readonly rejection: CommandRejection,
    private readonly reflector: Reflector,
    private readonly running: RunningCommands,
  ) {}

  intercept(
    execution: ExecutionContext,
    next: CallHandler<Outcome | undefined>,
  ): Observable<Result> {
    return from(this.#handle(execution, next));
  }

  async #handle(
    execution: ExecutionContext,
    next: CallHandler<Outcome | undefined>,
  ): Promise<Result> {
    const context = messageContext(execution);
    const body: unknown = execution.switchToRpc().getData();
    const type = this.reflector.get<string>(COMMAND_TYPE, execution.getClass());
    let command: Command;
    try {
      command = this.rejection.read(body, context);
      // `a` + `b.c` and `a.b` + `c` make one pattern.
      if (command.type !== type) throw foreignType(command.type);
    } catch (error) {
      return this.rejection.reject(body, type, error);
    }
    rememberCommand(context, command);
    return this.#run(command, context, next);
  }

  async #run(
    command: Command,
    context: SnsSqsContext,
    next: CallHandler<Outcome | undefined>,
  ): Promise<Result> {
    const startedAt = performance.now();
    const ids = () => ({
      correlation_id: command.correlation_id,
      job_id: command.job_id,
      step_id: command.step_id,
      duration_ms: Math.round(performance.now() - startedAt),
      handler: command.type,
    });
    const job = command.job_id === null ? undefined : this.running.begin(command.job_id);
    if (job) context.abortBy(job.signal);
    let outcome: Outcome | undefined;
    try {
      outcome = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (thrown) {
      // A handler whose signal was aborted fails with its own error.
      const cancelled = job?.signal.aborted === true;
      const error: unknown = cancelled ? job.signal.reason : thrown;
      if (!cancelled) this.#rethrowIfAnotherAttemptMayHelp(error, context);
      this.#log(command, error);
      const { events, ...attempted } = attemptedBy(thrown);
      const result = Result.error({ ...ids(), ...attempted, errors: [errorText(error)] });
      return await this.publisher.publish(result, events);
    } finally {
      job?.end();
    }
    const { events, pending = false, ...fields } = outcome ?? {};
    const init = { ...ids(), ...fields };
    return this.publisher.publish(pending ? Result.pending(init) : Result.success(init), events);
  }

  #rethrowIfAnotherAttemptMayHelp(error: unknown, { signal, isLastAttempt }: SnsSqsContext): void {
    // The result of a handler that lost its lease is ignored: its message belongs to another receive.
    if (signal.aborted) throw error;
    if (isRetryable(error) && !isLastAttempt) throw error;
  }

  #log({ type, action, correlation_id }: Command, error: unknown): void {
    const text = `${type}.${action} ${correlation_id} failed: ${oneLine(errorText(error))}`;
    if (error instanceof WeftError || isRetryable(error)) this.#logger.warn(text);
    else this.#logger.error(text, error instanceof Error ? error.stack : undefined);
  }
}
