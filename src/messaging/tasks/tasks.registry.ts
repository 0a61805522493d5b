import type { OnModuleInit } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { Outbox } from '../../platform/outbox/index.js';
import type { DocumentStore } from '../../platform/persistence/index.js';
import { InvalidOptionsError } from '../../transport/errors/index.js';
import { validPayload, wirePayload } from '../event-bus/payload-class.js';
import { declaredTask, type DeclaredTask } from './task.decorator.js';
import type { TaskProvider } from './task.options.js';
import type { RunnableTask } from './task.runner.js';
import type { TaskRepository, TaskRepositoryDeclaration } from './task.repository.js';
import { failurePayload } from './task.outcome.js';
import type { TasksOptions } from './tasks.options.js';

/** Every task by name, checked against the options at start. */
export class TasksRegistry implements OnModuleInit {
  readonly #tasks = new Map<string, RunnableTask>();

  private constructor(
    private readonly options: TasksOptions,
    private readonly repositories: ReadonlyMap<TaskRepositoryDeclaration, TaskRepository>,
    private readonly modules: ModuleRef,
  ) {}

  /** Called before the store is opened, which then creates the repositories' indexes. */
  static async create(
    options: TasksOptions,
    store: DocumentStore,
    outbox: Outbox,
    modules: ModuleRef,
  ): Promise<TasksRegistry> {
    const made = await Promise.all(
      options.repositories.map(
        async (declared) => [declared, await declared.create(store, outbox)] as const,
      ),
    );
    return new TasksRegistry(options, new Map(made), modules);
  }

  /** @throws {InvalidOptionsError} if no module provides a task, or its failure event could never be published. */
  async onModuleInit(): Promise<void> {
    if (this.options.run === false) return;
    for (const task of tasksOf(this.options)) {
      await assertPublishable(task);
      const declaration = repositoryOf(task, this.options);
      const repository = this.repositories.get(declaration);
      if (repository === undefined) continue;
      const { entity } = declaration;
      this.#tasks.set(task.name, { ...task, provider: this.#providerOf(task), repository, entity });
    }
  }

  find(name: string): RunnableTask | undefined {
    return this.#tasks.get(name);
  }

  #providerOf({ type, name }: DeclaredTask): TaskProvider {
    try {
      return this.modules.get<TaskProvider>(type, { strict: false });
    } catch (cause) {
      throw new InvalidOptionsError(
        `The task ${name} cannot be run: no module provides ${type.name}. Add it to the providers of one, or set run: false where tasks are only enqueued`,
        { cause },
      );
    }
  }
}

/** A failure event with required fields that a failure does not have would prevent a failed task from ever ending. */
async function assertPublishable({ name, options }: DeclaredTask): Promise<void> {
  const sample = failurePayload(options, 'id', new Error('sample'));
  try {
    await validPayload(options.failure, wirePayload(sample));
  } catch (cause) {
    throw new InvalidOptionsError(
      `The task ${name} could never announce that it has failed: ${options.failure.name} needs more than code, data, detail and origin. Make its other fields optional`,
      { cause },
    );
  }
}

/** @throws {InvalidOptionsError} for an invalid task, and for two tasks of the same name. */
export function tasksOf({ tasks }: TasksOptions): readonly DeclaredTask[] {
  const declared = tasks.map(declaredTask);
  const names = new Map<string, DeclaredTask>();
  for (const task of declared) {
    const other = names.get(task.name);
    if (other !== undefined) {
      throw new InvalidOptionsError(
        `The tasks ${other.type.name} and ${task.type.name} are both called ${task.name}: name one by @Task({ name })`,
      );
    }
    names.set(task.name, task);
  }
  return declared;
}

/** @throws {InvalidOptionsError} if there is none for the task's model. */
export function repositoryOf(
  { name, options: { model } }: DeclaredTask,
  options: TasksOptions,
): TaskRepositoryDeclaration {
  const found = options.repositories.find((one) => one.model === model);
  if (found !== undefined) return found;
  throw new InvalidOptionsError(
    `The task ${name} works on ${model.name}, of which TasksModule has no repository: add documentRepository(${model.name}, …) to its repositories`,
  );
}
