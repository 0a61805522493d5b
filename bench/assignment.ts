import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfig, Course, Queue } from './contender.js';

/** What a child process is told to do. */
export interface Assignment {
  readonly caseName: string;
  readonly contender: string;
  readonly clientConfig: ClientConfig;
  readonly queues: readonly [Queue, ...Queue[]];
  readonly messages: number;
  readonly body: string;
  readonly waitTimeS: number;
  /** Messages before the clock starts. */
  readonly warmUp: number;
  /** Milliseconds the work of each message waits. */
  readonly handlerMs: number;
  /** Messages from one look at the memory to the next. */
  readonly sampleEvery: number;
}

/** The assignment of this child process, which its parent sends. */
export async function assigned(): Promise<Assignment> {
  const [assignment] = (await once(process, 'message')) as [Assignment];
  return assignment;
}

export function courseOf(assignment: Assignment, done: Course['done']): Course {
  const { handlerMs } = assignment;
  const countOnly = (): undefined => {
    done();
    return undefined;
  };
  const handle = handlerMs === 0 ? countOnly : () => sleep(handlerMs).then(() => done());
  return { ...assignment, handle, done };
}

/** Sends the parent what was found and ends. The queues go with the emulator, so nothing is stopped. */
export function report(found: unknown): void {
  process.send?.(found, () => process.exit(0));
}
