import { addressOf } from '../engine.js';
import { PythonProgram } from '../python-program.js';

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
  readonly #program = new PythonProgram('python/peer.py', {
    region: 'us-east-1',
    endpoint: addressOf('localstack'),
  });

  /** @returns the messages of the last `receive`. @throws Error with what Python said when it failed. */
  async do(...operations: readonly Operation[]): Promise<PythonMessage[]> {
    const { messages } = await this.#program.ask(operations);
    return (messages as PythonMessage[] | null) ?? [];
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}
