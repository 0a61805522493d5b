import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AthenaExecution, type StartInput } from './athena-execution.js';

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
const MAX_PAGE = 1000;
const WORK_GROUP = 'primary';

interface Input extends StartInput {
  readonly ClientRequestToken?: string;
  readonly WorkGroup?: string;
  readonly QueryExecutionId?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/**
 * Athena's protocol over Trino, which Athena is made of: the four calls that queries need, with what AWS's reference
 * says of tokens, states, pages and faults. The SQL and its errors are Trino's.
 */
export class AthenaBridge {
  readonly executions = new Map<string, AthenaExecution>();
  /** The largest page that was asked for, and how many there were. */
  readonly pages: number[] = [];
  readonly #tokens = new Map<string, AthenaExecution>();
  readonly #server: Server;

  private constructor(private readonly trino: string) {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** @param trino where Trino answers. */
  static async start(trino: string): Promise<AthenaBridge> {
    const bridge = new AthenaBridge(trino);
    bridge.#server.listen(0, '127.0.0.1');
    await once(bridge.#server, 'listening');
    return bridge;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.executions.values()].map((execution) => execution.stop()));
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const input = JSON.parse(await text(request)) as Input;
    const { status, body } = await this.#answer(action, input).then(
      (answer) => ({ status: 200, body: answer }),
      (error: Error) => ({
        status: 400,
        body: { __type: 'InvalidRequestException', message: error.message },
      }),
    );
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  }

  async #answer(action: string, input: Input): Promise<object> {
    if (action === 'StartQueryExecution') return this.#start(input);
    const execution = this.executions.get(input.QueryExecutionId ?? '');
    if (!execution) throw new Error(`QueryExecution ${input.QueryExecutionId} was not found`);
    if (action === 'GetQueryExecution') return { QueryExecution: execution.described() };
    if (action === 'GetQueryResults') return this.#page(execution, input);
    if (action !== 'StopQueryExecution') throw new Error(`${action} is not known here`);
    await execution.stop();
    return {};
  }

  /** The same token is the same execution, whatever has become of it; with another query it is an error. */
  #start({ ClientRequestToken: token = randomUUID(), WorkGroup: group, ...input }: Input): object {
    if (group !== undefined && group !== WORK_GROUP) throw new Error('WorkGroup is not found.');
    const known = this.#tokens.get(token);
    if (known && !known.isOf(input)) throw new Error('Idempotent parameters do not match');
    const execution = known ?? new AthenaExecution(this.trino, input);
    this.#tokens.set(token, execution);
    this.executions.set(execution.id, execution);
    return { QueryExecutionId: execution.id };
  }

  #page(execution: AthenaExecution, { MaxResults: size = MAX_PAGE, NextToken: token }: Input) {
    if (size > MAX_PAGE) throw new Error(`MaxResults is more than maximum allowed ${MAX_PAGE}`);
    if (execution.state !== 'SUCCEEDED')
      throw new Error(`Query did not finish successfully. Final query state: ${execution.state}`);
    this.pages.push(size);
    const from = Number(token ?? 0);
    const { columns, rows } = execution.result();
    return {
      ResultSet: {
        ResultSetMetadata: { ColumnInfo: columns },
        Rows: rows.slice(from, from + size).map((cells) => ({ Data: cells })),
      },
      ...(from + size < rows.length && { NextToken: String(from + size) }),
    };
  }
}
