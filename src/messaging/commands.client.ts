import { Injectable } from '@nestjs/common';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { parseResult, type Command, type Result } from '../protocol/index.js';
import { RequestTimeoutError } from '../transport/errors/index.js';
import { record, SnsSqsClient } from '../transport/index.js';
import { DEFAULT_RESULT_WAIT_MS } from './messaging.constants.js';
import { commandPattern } from './messaging.patterns.js';

/**
 * Sends Commands to their handlers' topics.
 *
 * @example
 * const result = await commands.request(new Command({ type: 'storage', action: 'list_objects', payload: { container: 'raw' } }));
 */
@Injectable()
export class CommandsClient {
  constructor(private readonly client: SnsSqsClient) {}

  /**
   * Resolves when SNS has taken the Command; its Result goes to the results topic.
   *
   * @throws {NoRouteError} when no feature takes Commands of this type.
   */
  async publish(command: Command): Promise<void> {
    await lastValueFrom(this.client.emit(commandPattern(command), command), {
      defaultValue: undefined,
    });
  }

  /**
   * Publishes the Command and waits for its Result.
   *
   * @param waitMs milliseconds; default 30 000.
   * @returns undefined if the Result has not come by then; the Command is still handled.
   * @throws {NoRouteError} when no feature takes Commands of this type.
   */
  async request(command: Command, waitMs = DEFAULT_RESULT_WAIT_MS): Promise<Result | undefined> {
    const request = record(command).withTimeout(waitMs).build();
    try {
      return parseResult(
        await firstValueFrom(this.client.send<unknown>(commandPattern(command), request)),
      );
    } catch (error) {
      if (error instanceof RequestTimeoutError) return undefined;
      throw error;
    }
  }
}
