import { once } from 'node:events';
import type { Assignment } from './assignment.js';
import type { Benchmark, Figures, Report, Size } from './benchmark.js';
import type { Contender, Queue } from './contender.js';
import type { Measured } from './meter.js';
import { bodyOf } from './order.js';
import { answerOf, type Stage } from './stage.js';
import { roundsOf } from './rounds.js';
import { fixed, median, ratio, spread } from './statistics.js';

/** One thing done by several contenders, and what a message costs each of them. */
export interface Throughput {
  readonly name: string;
  readonly what: string;
  readonly bodyBytes: number;
  /** Messages of one run, the warm-up included. */
  readonly messages: number;
  /** Of them, those before the clock starts. */
  readonly warmUp: number;
  readonly rounds: number;
  /** Whether messages wait on the queue. */
  readonly filled: boolean;
  /** FIFO groups; 0 for a standard queue. Default 0. */
  readonly groups?: number;
  /** Milliseconds the work of a message waits. Default 0. */
  readonly handlerMs?: number;
  /** The first is what the others are compared to. */
  readonly contenders: readonly Contender[];
}

/** What one contender does in one run. */
interface Load {
  readonly messages: number;
  readonly warmUp: number;
}

/** Batches of ten, in lists of a thousand, come out even. */
const STEP = 1000;

export function loadOf(
  { messages, warmUp }: Throughput,
  { share = 1 }: Contender,
  asked?: number,
): Load {
  const all = (asked ?? messages) * share;
  const whole = all > STEP ? Math.ceil(all / STEP) * STEP : Math.ceil(all / 10) * 10;
  return { messages: whole, warmUp: Math.floor((whole * warmUp) / messages) };
}

/** Runs one contender once, in the child that `file` names. */
export async function runOnce<Answer>(
  stage: Stage,
  bench: Throughput,
  contender: Contender,
  load: Load,
  file = 'measure.ts',
): Promise<Answer> {
  const { groups = 0, handlerMs = 0 } = bench;
  const count = contender.queues ?? 1;
  const first = await stage.queue(groups > 0);
  const queues: [Queue, ...Queue[]] = [first];
  while (queues.length < count) queues.push(await stage.queue(groups > 0));
  const body = bodyOf(bench.bodyBytes);
  if (bench.filled) {
    const messages = Math.ceil((load.messages + (contender.surplus ?? 0)) / count);
    for (const { url } of queues) stage.supply({ queueUrl: url, body, messages, groups });
  }
  const assignment: Assignment = {
    ...stage.assignment(bench.name, contender.name, queues),
    body,
    handlerMs,
    ...load,
  };
  const child = stage.child(file, assignment);
  const exited = once(child, 'exit');
  const answer = await answerOf<Answer>(child);
  await exited;
  await stage.remove(queues);
  return answer;
}

export const throughput = (bench: Throughput): Benchmark => ({
  name: bench.name,
  what: bench.what,
  size: `${fixed(bench.messages)} messages of ${fixed(bench.bodyBytes)} bytes, ${bench.rounds} rounds, ${bench.contenders.length} contenders`,
  async run(stage: Stage, size: Size): Promise<Report> {
    const runs = new Map<Contender, Measured[]>(askedOf(bench, size).map((one) => [one, []]));
    for (const round of roundsOf(size, bench.rounds)) {
      for (const [contender, measured] of runs) {
        stage.progress(`${bench.name}: round ${round}, ${contender.name}`);
        const load = loadOf(bench, contender, size.messages);
        const found = await stage.attempt(`${bench.name}, ${contender.name}, round ${round}`, () =>
          runOnce<Measured>(stage, bench, contender, load),
        );
        if (found) measured.push(found);
      }
    }
    const succeeded = [...runs].filter(([, measured]) => measured.length > 0);
    if (succeeded.length === 0) throw new Error('nobody got through');
    return reportOf(bench, succeeded, size.messages);
  },
});

const askedOf = ({ contenders }: Throughput, { contender }: Size): readonly Contender[] =>
  contenders.filter(
    ({ name }, index) => contender === undefined || index === 0 || name === contender,
  );

function reportOf(
  bench: Throughput,
  runs: readonly (readonly [Contender, readonly Measured[]])[],
  asked?: number,
): Report {
  const rounds = Math.max(...runs.map(([, measured]) => measured.length));
  const figures = runs.map(([{ name }, measured]) => [name, figuresOf(measured)] as const);
  const base =
    Object.fromEntries(figures)[bench.contenders[0]?.name ?? '']?.['cpuUs'] ?? Number.NaN;
  const timed = runs.some(([, measured]) =>
    measured.some(({ latenciesMs }) => latenciesMs.length > 0),
  );
  const head = ['', 'CPU µs a message', 'ratio', 'messages/s', 'HTTP calls per 1000', 'messages'];
  const rows = runs.map(([contender, measured]) => [
    contender.name,
    spread(
      measured.map(({ cpuUsPerMessage }) => cpuUsPerMessage),
      1,
    ),
    ratio(figuresOf(measured)['cpuUs'] ?? Number.NaN, base),
    spread(
      measured.map(({ messagesPerSecond }) => messagesPerSecond),
      0,
    ),
    fixed(figuresOf(measured)['calls'] ?? Number.NaN),
    fixed(loadOf(bench, contender, asked).messages),
    ...(timed
      ? [
          spread(
            measured.map(({ latenciesMs }) => median(latenciesMs)),
            2,
          ),
        ]
      : []),
  ]);
  return {
    name: bench.name,
    title: `${conditionsOf(bench)}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
    table: [[...head, ...(timed ? ['p50 ms'] : [])], ...rows],
    settings: Object.fromEntries(runs.map(([{ name, settings }]) => [name, settings])),
    figures: Object.fromEntries(figures),
    runs: Object.fromEntries(
      runs.map(([{ name }, measured]) => [name, measured.map(withoutLatencies)]),
    ),
  };
}

function conditionsOf({ what, bodyBytes, groups = 0, handlerMs = 0 }: Throughput): string {
  return [
    what,
    `${fixed(bodyBytes)} bytes each`,
    groups > 0 && `FIFO with ${fixed(groups)} ${groups === 1 ? 'group' : 'groups'}`,
    handlerMs > 0 && `handlers that wait ${handlerMs} ms`,
  ]
    .filter((part) => typeof part === 'string')
    .join(', ');
}

const withoutLatencies = ({ latenciesMs, ...measured }: Measured) => ({
  ...measured,
  ...(latenciesMs.length > 0 && { p50Ms: median(latenciesMs) }),
});

const figuresOf = (measured: readonly Measured[]): Figures => ({
  cpuUs: median(measured.map(({ cpuUsPerMessage }) => cpuUsPerMessage)),
  perSecond: median(measured.map(({ messagesPerSecond }) => messagesPerSecond)),
  calls: median(measured.map(({ callsPer1000 }) => callsPer1000)),
  p50Ms: median(measured.map(({ latenciesMs }) => median(latenciesMs))),
});
