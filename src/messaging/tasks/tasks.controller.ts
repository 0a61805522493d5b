import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { IsObject, Matches } from 'class-validator';
import { InvalidMessageError, UnknownPatternError } from '../../transport/errors/index.js';
import { OnEvent, SnsSqsContext } from '../../transport/index.js';
import { idFieldOf, instanceIdOf, type TaskMessageData } from './task.handle.js';
import type { TaskInput } from './task.options.js';
import { TaskRunner } from './task.runner.js';
import { TASKS, taskPattern } from './tasks.constants.js';
import { TasksRegistry } from './tasks.registry.js';

/** The message of a run. */
class TaskMessage implements TaskMessageData {
  @Matches(/^[!-~]{1,100}$/)
  run!: string;

  @IsObject()
  input!: TaskInput;
}

const PREFIX_LENGTH = taskPattern('').length;

/** Passes messages of the tasks' queue to their runs. */
@Controller()
export class TasksController {
  constructor(
    private readonly tasks: TasksRegistry,
    private readonly runner: TaskRunner,
  ) {}

  @OnEvent(TASKS, { name: 'weft.tasks' })
  async run(
    @Payload() { run: runId, input }: TaskMessage,
    @Ctx() context: SnsSqsContext,
  ): Promise<void> {
    const name = context.pattern.slice(PREFIX_LENGTH);
    const task = this.tasks.find(name);
    if (task === undefined) throw new UnknownPatternError('This process has no task of this name');
    const field = idFieldOf(task.entity);
    const instanceId = instanceIdOf(input, field);
    if (instanceId === undefined) {
      throw new InvalidMessageError(
        `The run of task ${name} has no ${field}, so it names no instance`,
      );
    }
    await this.runner.run({ task, runId, instanceId, input }, context);
  }
}
