import { describe, expect, it } from '@jest/globals';
import type { ModuleRef } from '@nestjs/core';
import { Expose } from 'class-transformer';
import { IsString } from 'class-validator';
import { EventFailPayload } from '../../../src/messaging/event-bus/index.js';
import { TasksRegistry } from '../../../src/messaging/tasks/tasks.registry.js';
import { Outbox } from '../../../src/platform/outbox/index.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { assert, integer, property } from 'fast-check';
import {
  Task,
  TasksModule,
  type TaskClass,
  type TaskOptions,
} from '../../../src/messaging/tasks/index.js';
import { retryDelayMs } from '../../../src/messaging/tasks/retry-delay.js';
import {
  User,
  USER_REPOSITORY,
  UserRegisteredPayload,
  UserRegistrationFailedPayload,
  userTasks,
} from './users.fixture.js';

function taskWith(more: Partial<TaskOptions<User>>): TaskClass<User> {
  class NotifyUserTask {
    run(user: User): User {
      return user;
    }
  }
  Task({
    model: User,
    success: UserRegisteredPayload,
    failure: UserRegistrationFailedPayload,
    ...more,
  })(NotifyUserTask);
  return NotifyUserTask;
}

class DemandingPayload extends EventFailPayload {
  @Expose()
  @IsString()
  ticket!: string;
}

class BarePayload {
  id!: string;
}

const moduleOf = (...tasks: TaskClass[]) =>
  TasksModule.forRoot({ tasks, repositories: [USER_REPOSITORY] });

describe('TasksModule', () => {
  it.each([
    ['more than 15 retries', { retry: { maxRetries: 16 } }, 'retry.maxRetries'],
    ['more than an hour between two attempts', { retry: { capS: 3601 } }, 'retry.capS'],
    ['a pause of no time', { retry: { baseS: 0 } }, 'retry.baseS'],
    ['a name that no message could have', { name: 'a task' }, 'its name "a task"'],
    [
      'a success event that shows nothing',
      { success: BarePayload },
      'no field of its success event BarePayload has @Expose()',
    ],
  ])('refuses a task with %s', (_what, more, message) => {
    expect(() => moduleOf(taskWith(more))).toThrow(message);
  });

  it('refuses a class without @Task', () => {
    class Nothing {
      run(): void {
        // Nothing to do.
      }
    }
    expect(() => moduleOf(Nothing)).toThrow('Nothing is listed as a task but has no decorator');
  });

  it('refuses two tasks of one name', () => {
    expect(() => moduleOf(taskWith({}), taskWith({}))).toThrow('are both called NotifyUser');
  });

  it('refuses a task whose failure event asks for more than a failure has, when it starts', async () => {
    const task = taskWith({ failure: DemandingPayload });
    const options = { tasks: [task], repositories: [USER_REPOSITORY] };
    const store = new SqliteStore();
    const registry = await TasksRegistry.create(options, store, new Outbox(store), {
      get: () => undefined,
    } as unknown as ModuleRef);
    await expect(registry.onModuleInit()).rejects.toThrow(
      'The task NotifyUser could never announce that it has failed: DemandingPayload needs more',
    );
  });

  it('refuses a task on a model without a repository', () => {
    const { RegisterUserTask } = userTasks(class Other extends User {});
    expect(() => moduleOf(RegisterUserTask)).toThrow(
      'The task RegisterUser works on Other, of which TasksModule has no repository',
    );
  });
});

describe('The pause before a retry', () => {
  it('is at least a second, at most the cap, and at most the base doubled with each attempt', () => {
    assert(
      property(
        integer({ min: 1, max: 16 }),
        integer({ min: 1, max: 3600 }),
        integer({ min: 1, max: 3600 }),
        integer({ min: 0, max: 999 }),
        (attempt, baseS, capS, random) => {
          const delayMs = retryDelayMs(attempt, { baseS, capS }, () => random / 1000);
          const fullS = Math.min(capS, baseS * 2 ** (attempt - 1));
          expect(delayMs % 1000).toBe(0);
          expect(delayMs).toBeGreaterThanOrEqual(1000);
          expect(delayMs).toBeLessThanOrEqual(fullS * 1000);
        },
      ),
    );
  });

  it('is never over an hour at the 15th attempt', () => {
    expect(retryDelayMs(15, { baseS: 1, capS: 3600 }, () => 0.999)).toBe(3_597_000);
  });
});
