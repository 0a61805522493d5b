import type { RunningService } from '../../../src/app/bootstrap.js';
import type { Command, Result } from '../../../src/protocol/index.js';
import { resultOf } from '../../support/service.js';

/** Sends Commands to a service, as another program would, and waits for their Results. */
export class Sender {
  constructor(
    private readonly service: RunningService,
    private readonly type: string,
  ) {}

  send(
    action: string,
    payload: Record<string, unknown>,
    more: Partial<Command> = {},
  ): Promise<Result> {
    return resultOf(this.service, { type: this.type, action, payload, ...more });
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
