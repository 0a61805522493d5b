import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
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

/** Lets Python do one thing after another. @returns the messages of the last `receive`. */
export async function python(...operations: readonly Operation[]): Promise<PythonMessage[]> {
  const configuration = { region: 'us-east-1', endpoint: addressOf('localstack') };
  const peer = spawn(PYTHON, ['peer.py', JSON.stringify(configuration)], { cwd: FOLDER });
  peer.stdin.end(JSON.stringify(operations));
  const ended = new Promise((resolve) => peer.once('close', resolve));
  const [said, faults] = await Promise.all([text(peer.stdout), text(peer.stderr), ended]);
  if (said === '') throw new Error(`Python failed:\n${faults}`);
  const answers = JSON.parse(said) as (PythonMessage[] | null)[];
  return answers.findLast((answer) => answer !== null) ?? [];
}
