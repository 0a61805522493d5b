import { randomUUID } from 'node:crypto';
import { lastValueFrom } from 'rxjs';
import { messageEntry, type OutboxEntry } from '../../platform/outbox/index.js';
import { InvalidRecordError } from '../../transport/errors/index.js';
import { record, type SnsSqsClient } from '../../transport/index.js';
import type { DeclaredTask } from './task.decorator.js';
import type { TaskInput } from './task.options.js';
import { MAX_INSTANCE_ID_LENGTH, taskPattern } from './tasks.constants.js';

/** The data in a run's message. */
export interface TaskMessageData {
  readonly run: string;
  readonly input: TaskInput;
}

/**
 * Enqueues one task; inject it by `@InjectTask(RegisterUserTask)`.
 *
 * @example
 * constructor(`@InjectTask(RegisterUserTask)` private readonly registerUser: TaskHandle) {}
 * await this.registerUser.delay({ userId: user.id });
 */
export class TaskHandle<I extends TaskInput = TaskInput> {
  readonly #pattern: string;

  constructor(
    private readonly task: Pick<DeclaredTask, 'name'>,
    private readonly idField: string,
    private readonly client: Pick<SnsSqsClient, 'emit'>,
  ) {
    this.#pattern = taskPattern(task.name);
  }

  /**
   * Enqueues a run, and resolves when SQS has taken it.
   *
   * @param input `{ userId }` for a task on `User`, and any further JSON that the task needs.
   * @returns the id of the run.
   * @throws {InvalidRecordError} without the id of an instance.
   */
  async delay(input: I): Promise<string> {
    const data = this.#data(input);
    const message = record(data).withId(data.run).build();
    await lastValueFrom(this.client.emit(this.#pattern, message), { defaultValue: undefined });
    return data.run;
  }

  /**
   * A run as an outbox entry: written into a document in an update, it is enqueued exactly if that update was made.
   *
   * @throws {InvalidRecordError} without the id of an instance.
   * @example
   * await users.insert({ _id: id, email, isActive: false, outbox: [this.registerUser.entry({ userId: id })] });
   */
  entry(input: I): OutboxEntry {
    const data = this.#data(input);
    return messageEntry(this.#pattern, data, { id: data.run, key: this.#pattern });
  }

  #data(input: I): TaskMessageData {
    if (instanceIdOf(input, this.idField) === undefined) {
      throw new InvalidRecordError(
        `The task ${this.task.name} needs the id of its instance: ${this.idField}, a text of 1 to ${MAX_INSTANCE_ID_LENGTH} characters`,
      );
    }
    return { run: randomUUID(), input };
  }
}

/** `userId` of `User`. */
export const idFieldOf = (entity: string): string =>
  `${entity.slice(0, 1).toLowerCase()}${entity.slice(1)}Id`;

export function instanceIdOf(input: TaskInput, field: string): string | undefined {
  const id = Object.hasOwn(input, field) ? input[field] : undefined;
  return typeof id === 'string' && id !== '' && id.length <= MAX_INSTANCE_ID_LENGTH
    ? id
    : undefined;
}
