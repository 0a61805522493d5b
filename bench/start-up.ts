import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Report, Size } from './benchmark.js';
import { BARE, NESTJS_SQS, WEFT } from './contenders/names.js';
import { bodyOf } from './order.js';
import { roundsOf } from './rounds.js';
import { PATIENCE_MS, type Stage } from './stage.js';
import { median, spread } from './statistics.js';

/** One program, as its users would write and start it: plain JavaScript, no compiler in the way. */
interface Program {
  readonly name: string;
  readonly settings: string;
  readonly file: string;
  /** Whether it receives. */
  readonly receives: boolean;
}

const PROGRAMS: readonly Program[] = [
  { name: BARE, settings: 'no framework', file: 'bare-sdk.js', receives: true },
  {
    name: 'Nest alone',
    settings: 'an application without a transport',
    file: 'nest.js',
    receives: false,
  },
  { name: WEFT, settings: 'one queue, topology verified', file: 'weft.js', receives: true },
  { name: NESTJS_SQS, settings: 'one consumer', file: 'nestjs-sqs.js', receives: true },
];

const ROUNDS = 5;

interface Started {
  readonly listeningMs: number;
  readonly firstMessageMs: number;
}

/** From the start of the process. */
export const startUp: Benchmark = {
  name: 'start-up',
  what: 'the time from the start of the process',
  size: `${ROUNDS} rounds`,
  async run(stage: Stage, size: Size): Promise<Report> {
    const starts = new Map<Program, Started[]>(PROGRAMS.map((program) => [program, []]));
    let rounds = 0;
    for (const round of roundsOf(size, ROUNDS)) {
      rounds = round;
      for (const [program, found] of starts) {
        stage.progress(`start-up: round ${round}, ${program.name}`);
        found.push(await startOnce(stage, program));
      }
    }
    const of = (found: readonly Started[], what: keyof Started): number[] =>
      found.map((started) => started[what]);
    return {
      name: 'start-up',
      title: `${startUp.what}, ${rounds} rounds`,
      table: [
        ['', 'ms until it listens', 'ms until the first message'],
        ...[...starts].map(([{ name, receives }, found]) => [
          name,
          spread(of(found, 'listeningMs'), 0),
          receives ? spread(of(found, 'firstMessageMs'), 0) : '',
        ]),
      ],
      settings: Object.fromEntries(PROGRAMS.map(({ name, settings }) => [name, settings])),
      figures: Object.fromEntries(
        [...starts].map(([{ name }, found]) => [
          name,
          {
            listeningMs: median(of(found, 'listeningMs')),
            firstMessageMs: median(of(found, 'firstMessageMs')),
          },
        ]),
      ),
      runs: Object.fromEntries([...starts].map(([{ name }, found]) => [name, found])),
    };
  },
};

async function startOnce(stage: Stage, { file, receives }: Program): Promise<Started> {
  const queue = await stage.queue();
  stage.supply({ queueUrl: queue.url, body: bodyOf(284), messages: 1, groups: 0 });
  const path = fileURLToPath(new URL(`./start-up/${file}`, import.meta.url));
  const startedMs = performance.now();
  const child = fork(path, [JSON.stringify({ clientConfig: stage.clientConfig, queue })], {
    execArgv: [],
  });
  const exited = once(child, 'exit');
  const times: number[] = [];
  // An iterator keeps what comes in between.
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    for await (const _ of on(child, 'message', { close: ['exit'], signal })) {
      times.push(performance.now() - startedMs);
      if (times.length === (receives ? 2 : 1)) break;
    }
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
  await stage.remove([queue]);
  const [listeningMs, firstMessageMs = Number.NaN] = times;
  if (listeningMs === undefined) throw new Error(`${file} did not start`);
  return { listeningMs, firstMessageMs };
}
