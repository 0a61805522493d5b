import { Ctx } from '@nestjs/microservices';
import {
  CommandController,
  CommandMessage,
  CommandPayload,
  OnCommand,
} from '../../messaging/index.js';
import { Command, type Outcome } from '../../protocol/index.js';
import { SnsSqsContext } from '../../transport/index.js';
import { TransformPayload } from './transform.dto.js';
import { TransformService } from './transform.service.js';

@CommandController('transform')
export class TransformController {
  constructor(private readonly transform: TransformService) {}

  @OnCommand('transform.run')
  run(
    @CommandPayload() payload: TransformPayload,
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    return this.transform.perform('run', payload, command, signal);
  }

  @OnCommand('transform.test')
  test(
    @CommandPayload() payload: TransformPayload,
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    return this.transform.perform('test', payload, command, signal);
  }

  @OnCommand('transform.seed')
  seed(
    @CommandPayload() payload: TransformPayload,
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    return this.transform.perform('seed', payload, command, signal);
  }

  @OnCommand('transform.build')
  build(
    @CommandPayload() payload: TransformPayload,
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    return this.transform.perform('build', payload, command, signal);
  }

  @OnCommand('transform.compile')
  compile(
    @CommandPayload() payload: TransformPayload,
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    return this.transform.perform('compile', payload, command, signal);
  }
}
