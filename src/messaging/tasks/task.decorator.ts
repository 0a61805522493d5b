import { Inject, Injectable } from '@nestjs/common';
import { wholeNumberFaults } from '../../common/whole-numbers.js';
import { InvalidOptionsError } from '../../transport/errors/index.js';
import { eventNamesOf } from '../event-bus/event-payload.decorator.js';
import { exposesFields } from '../event-bus/payload-class.js';
import type { TaskClass, TaskOptions } from './task.options.js';
import { MAX_RETRIES, MAX_RETRY_DELAY_S, RETRY_BASE_S } from './tasks.constants.js';

const OPTIONS = 'weft:task';
const NAME = /^[A-Za-z][\w-]{0,99}$/;

/** A declared task with its defaults. */
export interface DeclaredTask {
  /** `RegisterUser` of `RegisterUserTask`. */
  readonly name: string;
  readonly type: TaskClass;
  readonly options: TaskOptions;
  readonly maxRetries: number;
  readonly baseS: number;
  readonly capS: number;
}

/**
 * Makes a provider a task with outcome events: it gets an instance and works on it, and the event bus announces its
 * outcome exactly if the outcome was stored. List it in `TasksModule` too.
 *
 * @example
 * `@Task({ model: User, success: UserRegisteredPayload, failure: UserRegistrationFailedPayload })`
 * export class RegisterUserTask {
 *   run(user: User): void { user.isActive = true; }
 * }
 */
export const Task =
  <T extends object>(options: TaskOptions<T>) =>
  (target: TaskClass<T>): void => {
    Injectable()(target);
    Reflect.defineMetadata(OPTIONS, options, target);
  };

/** Injects the handle that enqueues a task. */
export const InjectTask = (type: TaskClass): ParameterDecorator & PropertyDecorator =>
  Inject(taskToken(type));

const tokens = new WeakMap<object, symbol>();

export function taskToken(type: object): symbol {
  const token = tokens.get(type) ?? Symbol('TaskHandle');
  tokens.set(type, token);
  return token;
}

/** @throws {InvalidOptionsError} naming each invalid option. */
export function declaredTask(type: TaskClass): DeclaredTask {
  const options = Reflect.getOwnMetadata(OPTIONS, type) as TaskOptions | undefined;
  if (options === undefined) {
    throw new InvalidOptionsError(
      `${type.name} is listed as a task but has no decorator. Put @Task({ … }) on it`,
    );
  }
  const { name = type.name.replace(/Task$/, ''), retry = {} } = options;
  const { maxRetries = MAX_RETRIES, baseS = RETRY_BASE_S, capS = MAX_RETRY_DELAY_S } = retry;
  const faults = [
    ...(NAME.test(name) ? [] : [`its name "${name}" must have 1 to 100 letters, digits, _ and -`]),
    ...(exposesFields(options.success)
      ? []
      : [
          `no field of its success event ${options.success.name} has @Expose(), so nothing of the instance would be in it`,
        ]),
    ...wholeNumberFaults('retry.maxRetries', maxRetries, 0, MAX_RETRIES),
    ...wholeNumberFaults('retry.baseS', baseS, 1, MAX_RETRY_DELAY_S),
    ...wholeNumberFaults('retry.capS', capS, 1, MAX_RETRY_DELAY_S),
  ];
  if (faults.length > 0) {
    throw new InvalidOptionsError(`The task ${type.name} is invalid:\n  ${faults.join('\n  ')}`, {
      details: { faults },
    });
  }
  // Checked at start, so that an unpublishable event is found before the work is done.
  for (const payload of [options.success, options.failure]) eventNamesOf(payload);
  return { name, type, options, maxRetries, baseS, capS };
}
