import {
  CommandController,
  CommandPayload,
  CommandsClient,
  OnCommand,
  RunOfCommand,
  type CommandRun,
} from '../../messaging/index.js';
import { Command, type Outcome } from '../../protocol/index.js';
import { ExecutePayload, ScriptPayload } from './query.dto.js';
import { QueryService } from './query.service.js';

/** Characters of a key that distinguish executions. */
const EXECUTION_ID_LENGTH = 12;

@CommandController('query')
export class QueryController {
  constructor(
    private readonly queries: QueryService,
    private readonly commands: CommandsClient,
  ) {}

  @OnCommand('query.execute')
  execute(
    @CommandPayload() payload: ExecutePayload,
    @RunOfCommand() run: CommandRun,
  ): Promise<Outcome> {
    return this.queries.execute(payload, run);
  }

  @OnCommand('query.execute_sql')
  executeSql(
    @CommandPayload() payload: ExecutePayload,
    @RunOfCommand() run: CommandRun,
  ): Promise<Outcome> {
    return this.queries.execute(payload, run);
  }

  @OnCommand('query.execute_script')
  executeScript(
    @CommandPayload() { sql }: ScriptPayload,
    @RunOfCommand() run: CommandRun,
  ): Promise<Outcome> {
    return this.queries.executeScript(sql, run);
  }

  /**
   * Sends the query as a separate `execute` Command with the same ids, so that it outlives this process; its Result is
   * the second one. A redelivery sends the same Command again, which is handled once.
   */
  @OnCommand('query.execute_async')
  async executeAsync(
    // Built only for its checks, so that an impossible query is refused at once.
    @CommandPayload() _payload: ExecutePayload,
    @RunOfCommand() { command, key }: CommandRun,
  ): Promise<Outcome> {
    const query_execution_id = `query-${key.slice(0, EXECUTION_ID_LENGTH)}`;
    const { type, payload, correlation_id, job_id, step_id, timestamp } = command;
    await this.commands.publish(
      new Command({
        type,
        action: 'execute',
        payload,
        correlation_id,
        job_id,
        step_id,
        metadata: { ...command.metadata, query_execution_id },
        timestamp,
      }),
    );
    return { data: { query_execution_id }, pending: true };
  }
}
