import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Report, Size } from './benchmark.js';
import { THROUGHPUT } from './cases.js';
import type { Probe } from './children/probe.js';
import type { Contender } from './contender.js';
import { bodyOf } from './order.js';
import { roundsOf } from './rounds.js';
import { answerOf, PATIENCE_MS, type Stage } from './stage.js';
import { fixed, median, spread } from './statistics.js';

const CASE = 'handler-50ms';
const HANDLER_MS = 50;
const MESSAGES = 5000;
/** By then everybody is at full speed. */
const HANDLED_BEFORE = 300;
const LOOK_EVERY_MS = 20;
const LONG_POLL_S = 20;
const ROUNDS = 3;

/** One stop of one contender. */
interface Stop {
  readonly ms: number;
  /** Left invisible: nobody gets them before their lease ends. */
  readonly stranded: number;
  /** Handled and not deleted. */
  readonly repeated: number;
}

/** What SIGTERM does in the middle of the work. */
export const drain: Benchmark = {
  name: 'drain',
  what: `SIGTERM while handlers of ${HANDLER_MS} ms run on a full queue`,
  size: `${ROUNDS} rounds`,
  async run(stage: Stage, size: Size): Promise<Report> {
    const contenders = THROUGHPUT.find(({ name }) => name === CASE)?.contenders ?? [];
    const stops = new Map<Contender, Stop[]>(contenders.map((one) => [one, []]));
    let rounds = 0;
    for (const round of roundsOf(size, ROUNDS)) {
      rounds = round;
      for (const [contender, found] of stops) {
        stage.progress(`drain: round ${round}, ${contender.name}`);
        found.push(await stopOnce(stage, contender.name));
      }
    }
    const of = (found: readonly Stop[], what: keyof Stop): number[] =>
      found.map((stop) => stop[what]);
    return {
      name: 'drain',
      title: `${drain.what}, ${rounds} rounds`,
      table: [
        [
          '',
          'ms until the process has ended',
          'left invisible',
          'handled, and will be redelivered',
        ],
        ...[...stops].map(([{ name }, found]) => [
          name,
          spread(of(found, 'ms'), 0),
          fixed(median(of(found, 'stranded'))),
          fixed(median(of(found, 'repeated'))),
        ]),
      ],
      settings: Object.fromEntries(contenders.map(({ name, settings }) => [name, settings])),
      figures: Object.fromEntries(
        [...stops].map(([{ name }, found]) => [
          name,
          {
            ms: median(of(found, 'ms')),
            stranded: median(of(found, 'stranded')),
            repeated: median(of(found, 'repeated')),
          },
        ]),
      ),
      runs: Object.fromEntries([...stops].map(([{ name }, found]) => [name, found])),
    };
  },
};

async function stopOnce(stage: Stage, contender: string): Promise<Stop> {
  const queue = await stage.queue();
  stage.supply({ queueUrl: queue.url, body: bodyOf(284), messages: MESSAGES, groups: 0 });
  const child = stage.child('probe.ts', {
    ...stage.assignment(CASE, contender, [queue]),
    handlerMs: HANDLER_MS,
    waitTimeS: LONG_POLL_S,
  });
  let { handled } = await answerOf<Probe>(child);
  const limitMs = performance.now() + PATIENCE_MS;
  while (handled < HANDLED_BEFORE) {
    if (performance.now() > limitMs) {
      child.kill('SIGKILL');
      throw new Error(`${contender} handled ${handled} messages in ${PATIENCE_MS / 1000} s`);
    }
    await sleep(LOOK_EVERY_MS);
    child.send('probe');
    ({ handled } = await answerOf<Probe>(child));
  }
  const askedMs = performance.now();
  const exited = once(child, 'exit');
  const last = answerOf<Probe>(child);
  child.kill('SIGTERM');
  ({ handled } = await last);
  await exited;
  const ms = performance.now() - askedMs;
  const { visible, invisible } = await stage.left(queue);
  await stage.remove([queue]);
  return { ms, stranded: invisible, repeated: handled - (MESSAGES - visible - invisible) };
}
