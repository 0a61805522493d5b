/** What Trino says of a statement, as far as it is asked for. https://trino.io/docs/current/develop/client-protocol.html */
interface TrinoAnswer {
  readonly id: string;
  readonly nextUri?: string;
  readonly columns?: readonly TrinoColumn[];
  readonly data?: readonly (readonly unknown[])[];
  readonly updateType?: string;
  readonly error?: TrinoError;
}

export interface TrinoColumn {
  readonly name: string;
  readonly typeSignature: { readonly rawType: string };
}

export interface TrinoError {
  readonly message: string;
  readonly errorName: string;
  readonly errorType: string;
}

export interface TrinoSession {
  readonly catalog?: string;
  readonly schema?: string;
}

/** One statement of Trino, from its start to its end. */
export class TrinoStatement {
  /** Trino's own id of it. */
  id = '';
  columns: readonly TrinoColumn[] = [];
  readonly rows: (readonly unknown[])[] = [];
  /** Given where it changed something. */
  updateType: string | undefined;
  error: TrinoError | undefined;
  #next: string | undefined;
  #cancelled = false;

  constructor(
    private readonly server: string,
    private readonly sql: string,
    private readonly session: TrinoSession = {},
  ) {}

  /** Resolves at its end, whatever that is. */
  async run(): Promise<this> {
    const { catalog, schema } = this.session;
    let answer = await this.#ask(`${this.server}/v1/statement`, {
      method: 'POST',
      body: this.sql,
      headers: {
        'X-Trino-User': 'weft',
        ...(catalog !== undefined && { 'X-Trino-Catalog': catalog }),
        ...(schema !== undefined && { 'X-Trino-Schema': schema }),
      },
    });
    while (answer.nextUri !== undefined && !this.#cancelled)
      answer = await this.#ask(answer.nextUri);
    return this;
  }

  /** Trino ends it; nothing more of it is read. */
  async cancel(): Promise<void> {
    this.#cancelled = true;
    if (this.#next !== undefined) await fetch(this.#next, { method: 'DELETE' });
  }

  async #ask(url: string, init?: RequestInit): Promise<TrinoAnswer> {
    const answer = await fetch(url, init);
    if (!answer.ok && this.#cancelled) return { id: this.id };
    if (!answer.ok) throw new Error(`Trino says ${answer.status}: ${await answer.text()}`);
    const said = parsed(await answer.text());
    this.id = said.id;
    this.#next = said.nextUri;
    this.columns = said.columns ?? this.columns;
    this.rows.push(...(said.data ?? []));
    this.updateType = said.updateType ?? this.updateType;
    this.error = said.error ?? this.error;
    return said;
  }
}

/** Numbers stay the texts they are: a BIGINT may be beyond what a number of JavaScript holds. */
const parsed = (text: string): TrinoAnswer => JSON.parse(text, asText) as TrinoAnswer;

/** The third argument of a reviver is not in TypeScript's own types. */
const asText = ((_key: string, value: unknown, context: { readonly source: string }): unknown =>
  typeof value === 'number' ? context.source : value) as (key: string, value: unknown) => unknown;
