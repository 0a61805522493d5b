import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { addressOf } from '../engine.js';

const FOLDER = new URL('.', import.meta.url).pathname;
const PYTHON = new URL('../../../.engines/python-clients/bin/python', import.meta.url).pathname;

type Attributes = Readonly<Record<string, string | number>>;

/** What the Python program is asked to do. `bucket`: by AWS's extended client, with large bodies in S3. */
export type Operation =
  | { do: 'publish'; topic: string; body: string; attributes?: Attributes; bucket?: string }
  | { do: 'send'; queue: string; body: string; attributes?: Attributes; bucket?: string }
  | { do: 'subscribe'; topic: string; queue: string; raw: boolean }
  | { do: 'receive'; queue: string; count?: number; bucket?: string };

/** A message as boto3 gave it. */
export interface PythonMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
}

/** A Python program beside the test, asked to do one thing after another. */
export class Python {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #faults = '';

  constructor() {
    const configuration = { region: 'us-east-1', endpoint: addressOf('localstack') };
    this.#child = spawn(PYTHON, ['peer.py', JSON.stringify(configuration)], { cwd: FOLDER });
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#faults += chunk.toString()));
    this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** @returns the messages of the last `receive`. @throws Error with what Python said when it failed. */
  async do(...operations: readonly Operation[]): Promise<PythonMessage[]> {
    this.#child.stdin.write(`${JSON.stringify(operations)}\n`);
    const { value = '', done } = await this.#answers.next();
    if (done === true) throw new Error(`Python ended:\n${this.#faults}`);
    const answer = JSON.parse(value as string) as { messages?: PythonMessage[]; error?: string };
    if (answer.error !== undefined) throw new Error(`Python failed: ${answer.error}`);
    return answer.messages ?? [];
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await once(this.#child, 'close');
  }
}
