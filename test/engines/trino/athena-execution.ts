import { randomUUID } from 'node:crypto';
import { athenaText } from './athena-text.js';
import { TrinoStatement } from './trino-statement.js';

export interface StartInput {
  readonly QueryString: string;
  readonly ExecutionParameters?: readonly string[];
  readonly QueryExecutionContext?: { readonly Database?: string; readonly Catalog?: string };
}

type State = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_AthenaError.html */
const SYSTEM_FAULT = 1;
const USER_FAULT = 2;

/** A query execution of Athena, which runs as one statement of Trino. */
export class AthenaExecution {
  readonly id = randomUUID();
  state: State = 'RUNNING';
  readonly statement: TrinoStatement;

  constructor(
    server: string,
    private readonly input: StartInput,
  ) {
    const { Database: schema, Catalog: catalog } = input.QueryExecutionContext ?? {};
    this.statement = new TrinoStatement(server, statementOf(input), {
      ...(catalog !== undefined && { catalog: catalog.toLowerCase() }),
      ...(schema !== undefined && { schema }),
    });
    void this.#run();
  }

  isOf(input: StartInput): boolean {
    return JSON.stringify(input) === JSON.stringify(this.input);
  }

  async stop(): Promise<void> {
    if (this.state !== 'RUNNING') return;
    this.state = 'CANCELLED';
    await this.statement.cancel();
  }

  described(): object {
    const { error } = this.statement;
    const reason = error && `${error.errorName}: ${error.message}`;
    return {
      QueryExecutionId: this.id,
      Query: this.input.QueryString,
      StatementType: statementType(this.input.QueryString),
      Status: {
        State: this.state,
        ...(this.state === 'FAILED' && {
          StateChangeReason: reason,
          AthenaError: {
            ErrorCategory: error?.errorType === 'USER_ERROR' ? USER_FAULT : SYSTEM_FAULT,
            ErrorMessage: reason,
            Retryable: error?.errorType === 'INTERNAL_ERROR',
          },
        }),
      },
    };
  }

  /** Rows as texts. Those of a SELECT begin with the names of its columns. */
  result() {
    const { columns, rows, updateType } = this.statement;
    if (updateType !== undefined) return { columns: [], rows: [] };
    const header = columns.map(({ name }) => ({ VarCharValue: name }));
    const types = columns.map(({ typeSignature: { rawType } }) => rawType);
    const cells = rows.map((row) => row.map((value, at) => athenaText(types[at] ?? '', value)));
    return {
      columns: columns.map(({ name: Name }, at) => ({ Name, Type: types[at] })),
      rows: statementType(this.input.QueryString) === 'DML' ? [header, ...cells] : cells,
    };
  }

  async #run(): Promise<void> {
    await this.statement.run();
    if (this.state === 'RUNNING') this.state = this.statement.error ? 'FAILED' : 'SUCCEEDED';
  }
}

/** Parameters are the texts of literals. */
const statementOf = ({ QueryString: sql, ExecutionParameters: values = [] }: StartInput): string =>
  values.length === 0
    ? sql
    : `EXECUTE IMMEDIATE '${sql.replaceAll("'", "''")}' USING ${values.join(', ')}`;

function statementType(sql: string): 'DDL' | 'DML' | 'UTILITY' {
  if (/^\s*(create|drop|alter)\b/i.test(sql)) return 'DDL';
  return /^\s*(show|describe|desc|explain)\b/i.test(sql) ? 'UTILITY' : 'DML';
}
