import {
  CommandController,
  CommandPayload,
  OnCommand,
  RunOfCommand,
  type CommandRun,
} from '../../messaging/index.js';
import type { Outcome } from '../../protocol/index.js';
import { TransformPayload } from './transform.dto.js';
import { TransformService } from './transform.service.js';

@CommandController('transform')
export class TransformController {
  constructor(private readonly transform: TransformService) {}

  @OnCommand('transform.run')
  run(
    @CommandPayload() payload: TransformPayload,
    @RunOfCommand() run: CommandRun,
  ): Promise<Outcome> {
    return this.transform.perform('run', payload, run);
  }

  @OnCommand('transform.test')
  test(
    @CommandPayload() payload: TransformPayload,
    @RunOfCommand() run: CommandRun,
  ): Promise<Outcome> {
    return this.transform.perform('test', payload, run);
  }

  @OnCommand('transform.seed')
  seed(
    @CommandPayload() payload: TransformPayload,
    @RunOfCommand() run: CommandRun,
  ): Promise<Outcome> {
    return this.transform.perform('seed', payload, run);
  }

  @OnCommand('transform.build')
  build(
    @CommandPayload() payload: TransformPayload,
    @RunOfCommand() run: CommandRun,
  ): Promise<Outcome> {
    return this.transform.perform('build', payload, run);
  }

  @OnCommand('transform.compile')
  compile(
    @CommandPayload() payload: TransformPayload,
    @RunOfCommand() run: CommandRun,
  ): Promise<Outcome> {
    return this.transform.perform('compile', payload, run);
  }
}
