import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Outbox } from '../../platform/outbox/index.js';
import { DocumentStore } from '../../platform/persistence/index.js';
import { SnsSqsClient } from '../../transport/index.js';
import { taskToken } from './task.decorator.js';
import { idFieldOf, TaskHandle } from './task.handle.js';
import { TaskLedger } from './task.ledger.js';
import { TaskRunner } from './task.runner.js';
import { TasksController } from './tasks.controller.js';
import type { TasksOptions } from './tasks.options.js';
import { repositoryOf, TasksRegistry, tasksOf } from './tasks.registry.js';

/**
 * Tasks with outcome events: enqueues them everywhere (`@InjectTask`), and runs them unless `run` is false. Requires
 * from global modules a `DocumentStore`, an `Outbox`, the `EventBus`, and the `SnsSqsClient` with
 * `tasksTopology(options)`.
 *
 * @throws {InvalidOptionsError} for invalid tasks.
 * @example
 * TasksModule.forRoot({ tasks: [RegisterUserTask], repositories: [documentRepository(User, USERS)] });
 */
@Global()
@Module({})
export class TasksModule {
  static forRoot(options: TasksOptions): DynamicModule {
    const handles = tasksOf(options).map((task): Provider => {
      const idField = idFieldOf(repositoryOf(task, options).entity);
      return {
        provide: taskToken(task.type),
        inject: [SnsSqsClient],
        useFactory: (client: SnsSqsClient) => new TaskHandle(task, idField, client),
      };
    });
    return {
      module: TasksModule,
      controllers: options.run === false ? [] : [TasksController],
      providers: [
        {
          provide: TasksRegistry,
          inject: [DocumentStore, Outbox, ModuleRef],
          useFactory: (store: DocumentStore, outbox: Outbox, modules: ModuleRef) =>
            TasksRegistry.create(options, store, outbox, modules),
        },
        TaskLedger,
        TaskRunner,
        ...handles,
      ],
      exports: tasksOf(options).map(({ type }) => taskToken(type)),
    };
  }
}
