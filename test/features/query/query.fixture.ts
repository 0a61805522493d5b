import { CommandsClient } from '../../../src/messaging/index.js';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { Command, type Result } from '../../../src/protocol/index.js';
import { ANSWER_MS } from '../../support/service.js';

/** Sends Commands to a service, as another program would, and waits for their Results. */
export class Sender {
  constructor(
    private readonly service: RunningService,
    private readonly type: string,
  ) {}

  async send(
    action: string,
    payload: Record<string, unknown>,
    more: Partial<Command> = {},
  ): Promise<Result> {
    const command = new Command({ type: this.type, action, payload, ...more });
    const result = await this.service.app.get(CommandsClient).request(command, ANSWER_MS);
    if (result === undefined) throw new Error(`No Result for ${this.type}.${action}`);
    return result;
  }

  /** The rows of a query that succeeds. */
  async rows(sql: string, more: Record<string, unknown> = {}): Promise<unknown> {
    const { data, errors } = await this.send('execute', { sql, ...more });
    if (errors.length > 0) throw new Error(errors.join('; '));
    return data?.['rows'];
  }

  /** What a query that fails says. */
  async error(sql: string, more: Record<string, unknown> = {}): Promise<string> {
    const { status, errors } = await this.send('execute', { sql, ...more });
    if (status !== 'error') throw new Error(`"${sql}" did not fail`);
    return errors.join('; ');
  }
}
