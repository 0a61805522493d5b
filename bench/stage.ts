import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Assignment } from './assignment.js';
import type { ClientConfig, Queue } from './contender.js';
import type { Supply } from './emulator.js';

const HOOKS = fileURLToPath(new URL('./hooks.js', import.meta.url));

/** Starts a file of this folder as a process of its own. */
export const start = (
  file: string,
  nodeOptions: readonly string[] = [],
  args: readonly string[] = [],
): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--import', HOOKS, ...nodeOptions],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

/** Far longer than any run takes: a contender that loses messages must not hold up the others. */
export const PATIENCE_MS = 90_000;

/** The next message of a child. Fails when it ends without one, or takes too long. */
export async function answerOf<T>(child: ChildProcess): Promise<T> {
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as T),
      once(child, 'exit', { signal }).then(([code, killed]) => {
        throw new Error(`A child process ended (${code ?? killed}) without an answer`);
      }),
      sleep(PATIENCE_MS, undefined, { signal }).then(() => {
        child.kill('SIGKILL');
        throw new Error(`A child process did not answer within ${PATIENCE_MS / 1000} s`);
      }),
    ]);
  } finally {
    over.abort();
  }
}

/** The emulator, in a process of its own, and what contenders need there. */
export class Stage {
  readonly #sqs: SQSClient;
  readonly #failures: string[] = [];

  private constructor(
    readonly clientConfig: ClientConfig,
    private readonly emulator: ChildProcess,
    /** Tells what is being done. */
    readonly progress: (text: string) => void,
  ) {
    this.#sqs = new SQSClient(clientConfig);
  }

  static async open(progress: (text: string) => void): Promise<Stage> {
    const emulator = start('./emulator.ts');
    return new Stage(await answerOf<ClientConfig>(emulator), emulator, progress);
  }

  /** What could not be measured, and why. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Does something whose failure must not cost the results of all else. */
  async attempt<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  async queue(fifo = false): Promise<Queue> {
    const name = `bench-${randomUUID()}${fifo ? '.fifo' : ''}`;
    const { QueueUrl: url = '' } = await this.#sqs.send(
      new CreateQueueCommand({
        QueueName: name,
        Attributes: {
          ReceiveMessageWaitTimeSeconds: '20',
          ...(fifo && { FifoQueue: 'true' }),
        },
      }),
    );
    return { name, url };
  }

  /** Puts messages on a queue from now on, as fast as they are taken. */
  supply(supply: Supply): void {
    this.emulator.send(supply);
  }

  async remove(queues: readonly Queue[]): Promise<void> {
    for (const { url } of queues) await this.#sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  }

  /** What nobody has taken, and what somebody took and neither deleted nor gave back. */
  async left({ url }: Queue): Promise<{ visible: number; invisible: number }> {
    const { Attributes: counts = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return {
      visible: Number(counts['ApproximateNumberOfMessages']),
      invisible: Number(counts['ApproximateNumberOfMessagesNotVisible']),
    };
  }

  /** An assignment without an end, to be completed. */
  assignment(caseName: string, contender: string, queues: Assignment['queues']): Assignment {
    return {
      caseName,
      contender,
      clientConfig: this.clientConfig,
      queues,
      body: '',
      messages: Infinity,
      warmUp: 0,
      waitTimeS: 1,
      handlerMs: 0,
      sampleEvery: Infinity,
    };
  }

  /** A child of `children/` at work on an assignment. */
  child(file: string, assignment: Assignment, nodeOptions: readonly string[] = []): ChildProcess {
    const child = start(`./children/${file}`, nodeOptions);
    child.send(assignment);
    return child;
  }

  async close(): Promise<void> {
    this.#sqs.destroy();
    const exited = once(this.emulator, 'exit');
    this.emulator.disconnect();
    await exited;
  }
}
