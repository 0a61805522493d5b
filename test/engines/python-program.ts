import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const FOLDER = new URL('.', import.meta.url).pathname;
const pythonOf = (environment: string): string =>
  new URL(`../../.engines/${environment}/bin/python`, import.meta.url).pathname;

/** A Python program beside the test: each line of JSON it is given, it answers with one. */
export class PythonProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #faults = '';

  /**
   * @param file within `test/engines`.
   * @param configuration its first argument, as JSON.
   * @param environment the packages it has, as `pins/<name>.txt` names them.
   */
  constructor(file: string, configuration: object, environment = 'python-clients') {
    this.#child = spawn(pythonOf(environment), [file, JSON.stringify(configuration)], {
      cwd: FOLDER,
    });
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#faults += chunk.toString()));
    this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** @throws Error with what Python said when it failed. */
  async ask(question: unknown): Promise<Readonly<Record<string, unknown>>> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value = '', done } = await this.#answers.next();
    if (done === true) throw new Error(`Python ended:\n${this.#faults}`);
    const answer = JSON.parse(value as string) as Record<string, unknown>;
    const { error } = answer;
    if (typeof error === 'string') throw new Error(`Python failed: ${error}`);
    return answer;
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await once(this.#child, 'close');
  }
}
