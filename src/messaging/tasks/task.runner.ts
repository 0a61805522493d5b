import { Injectable, Logger } from '@nestjs/common';
import { outboxEntry } from '../../platform/outbox/index.js';
import { RetryableError, WeftError } from '../../transport/errors/index.js';
import type { SnsSqsContext } from '../../transport/index.js';
import { EventBus, type PreparedEvent } from '../event-bus/index.js';
import { retryDelayMs } from './retry-delay.js';
import type { DeclaredTask } from './task.decorator.js';
import { TaskLedger, type OutcomeEntryData } from './task.ledger.js';
import type { TaskContext, TaskInput, TaskProvider } from './task.options.js';
import { failurePayload, successPayload } from './task.outcome.js';
import type { LoadedInstance, StoredOutcome, TaskRepository } from './task.repository.js';
import { MISSING_ATTEMPTS, TASK_OUTCOME_KIND } from './tasks.constants.js';

/** A task that this process can run. */
export interface RunnableTask extends DeclaredTask {
  readonly provider: TaskProvider;
  readonly repository: TaskRepository;
  readonly entity: string;
}

/** One run of a task, from its message. */
interface TaskRun {
  readonly task: RunnableTask;
  readonly runId: string;
  readonly instanceId: string;
  readonly input: TaskInput;
}

/** The facts about one delivery. */
type AttemptContext = Pick<SnsSqsContext, 'receiveCount' | 'isLastAttempt' | 'signal'>;

/** The outcome of a run and its event. */
interface Ended {
  readonly outcome: StoredOutcome['outcome'];
  readonly prepared: PreparedEvent;
  readonly error?: unknown;
}

/** Runs a task to its outcome. Concurrent runs share no state. */
@Injectable()
export class TaskRunner {
  readonly #logger = new Logger(TaskRunner.name);

  constructor(
    private readonly bus: EventBus,
    private readonly ledger: TaskLedger,
  ) {}

  /** @throws an error that makes the transport redeliver the message. */
  async run(run: TaskRun, context: AttemptContext): Promise<void> {
    const { task, runId, instanceId } = run;
    const loaded = await task.repository.load(instanceId);
    // A redelivery: the outcome is stored, and its event is published or in an outbox.
    if (loaded?.hasOutcome(runId) || (await this.ledger.has(runId))) return;
    const ended = await (loaded
      ? this.#attempt(run, loaded, context)
      : this.#missing(run, context));
    await this.#store(run, loaded, ended);
  }

  async #attempt(
    run: TaskRun,
    { instance }: LoadedInstance,
    context: AttemptContext,
  ): Promise<Ended> {
    const { task, runId, input } = run;
    const attempt = context.receiveCount;
    const isLastAttempt = attempt > task.maxRetries || context.isLastAttempt;
    if (attempt > task.maxRetries + 1) {
      return this.#failed(run, new Error(`The task did not end in any of ${attempt - 1} attempts`));
    }
    const { signal } = context;
    const given: TaskContext = { runId, input, attempt, isLastAttempt, signal };
    try {
      await task.provider.run(instance, given);
      // Validated here, where a fault can still be announced as a failure.
      const prepared = await this.#prepare(run, successPayload(task.options, instance));
      return { outcome: 'success', prepared };
    } catch (error) {
      // It failed because its signal was aborted, so another delivery of the message decides.
      if (signal.aborted) throw error;
      if (isLastAttempt || (error instanceof WeftError && !error.retryable)) {
        return this.#failed(run, error);
      }
      throw this.#again(run, error, attempt);
    }
  }

  async #missing(
    run: TaskRun,
    { receiveCount: attempt, isLastAttempt }: AttemptContext,
  ): Promise<Ended> {
    const { task, instanceId } = run;
    const error = new Error(`There is no ${task.entity} with the id ${instanceId}`);
    if (isLastAttempt || attempt >= Math.min(MISSING_ATTEMPTS, task.maxRetries + 1)) {
      return this.#failed(run, error);
    }
    throw this.#again(run, error, attempt);
  }

  async #failed(run: TaskRun, error: unknown): Promise<Ended> {
    const { task, instanceId } = run;
    const prepared = await this.#prepare(run, failurePayload(task.options, instanceId, error));
    return { outcome: 'failure', prepared, error };
  }

  #prepare({ task, instanceId }: TaskRun, payload: object): Promise<PreparedEvent> {
    return this.bus.prepare(payload, { entityId: instanceId, entityName: task.entity });
  }

  #again({ task, runId }: TaskRun, cause: unknown, attempt: number): RetryableError {
    const asked = cause instanceof RetryableError ? cause.delayMs : undefined;
    const delayMs = Math.min(asked ?? retryDelayMs(attempt, task), task.capS * 1000);
    return new RetryableError(`Task ${task.name} failed at attempt ${attempt} and is retried`, {
      cause,
      delayMs,
      details: { task: task.name, runId, attempt },
    });
  }

  async #store(run: TaskRun, loaded: LoadedInstance | null, ended: Ended): Promise<void> {
    const { task, runId } = run;
    const outcome = storedOutcome(run, ended);
    const stored = loaded ? await loaded.store(outcome) : 'gone';
    if (stored === 'gone') await this.ledger.store(outcome);
    const fields = { task: task.name, runId, entity: task.entity };
    if (ended.outcome === 'success') this.#logger.log(fields, 'Task succeeded');
    else this.#logger.warn({ ...fields, error: String(ended.error) }, 'Task failed');
  }
}

function storedOutcome({ task, runId }: TaskRun, { outcome, prepared }: Ended): StoredOutcome {
  const { deleteOnSuccess = false, deleteOnFailure = false } = task.options;
  const data: OutcomeEntryData = { runId, task: task.name, outcome, prepared };
  const id = `${runId}-${outcome}`;
  return {
    runId,
    task: task.name,
    outcome,
    entry: outboxEntry(TASK_OUTCOME_KIND, data, { key: TASK_OUTCOME_KIND, id }),
    thenDelete: outcome === 'success' ? deleteOnSuccess : deleteOnFailure,
    withChanges: outcome === 'success',
  };
}
