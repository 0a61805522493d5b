import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  CommandRejection,
  foreignType,
  OnCommand,
  REJECTED_PATTERN,
  TOPOLOGY,
} from '../../messaging/index.js';
import type { Command, Result } from '../../protocol/index.js';
import { PermanentError } from '../../transport/errors/index.js';
import { SnsSqsContext } from '../../transport/index.js';
import type { Topology } from '../../transport/topology/index.js';

/**
 * Answers messages that no handler takes: invalid Commands, Commands of another queue's type, and unknown actions.
 */
@Controller()
export class RejectedCommandsController {
  /** The type of Commands, by queue. */
  readonly #types: ReadonlyMap<string, string>;

  constructor(
    private readonly rejection: CommandRejection,
    @Inject(TOPOLOGY) topology: Topology,
  ) {
    this.#types = new Map(
      topology.queues
        .filter(({ fallback }) => fallback === REJECTED_PATTERN)
        .map(({ name, patterns }) => [name, (patterns[0] ?? '').replace(/\..*$/, '')]),
    );
  }

  @OnCommand(REJECTED_PATTERN)
  reject(@Payload() body: unknown, @Ctx() context: SnsSqsContext): Promise<Result> {
    const type = this.#types.get(context.queue);
    return this.rejection.reject(body, type, this.#reason(body, type, context));
  }

  #reason(body: unknown, type: string | undefined, context: SnsSqsContext): unknown {
    let command: Command;
    try {
      command = this.rejection.read(body, context);
    } catch (error) {
      return error;
    }
    return command.type === type
      ? new PermanentError(`Unsupported action: ${command.action}`)
      : foreignType(command.type);
  }
}
