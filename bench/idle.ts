import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Report } from './benchmark.js';
import { THROUGHPUT } from './cases.js';
import type { Probe } from './children/probe.js';
import { answerOf, type Stage } from './stage.js';
import { fixed } from './statistics.js';

const CASE = 'consume';
const LONG_POLL_S = 20;
/** Two long polls to the end. */
const WINDOW_MS = 2 * LONG_POLL_S * 1000;
/** Until every process has started and waits. */
const SETTLE_MS = 3000;
const MINUTE_MS = 60_000;

/** What it costs to wait for messages that do not come. Nobody works, so everybody waits at once. */
export const idle: Benchmark = {
  name: 'idle',
  what: `an empty queue, long polls of ${LONG_POLL_S} s`,
  size: `counted over ${WINDOW_MS / 1000} s and printed as a minute's, all contenders at once`,
  async run(stage: Stage): Promise<Report> {
    stage.progress(`idle: ${WINDOW_MS / 1000} s`);
    const contenders = THROUGHPUT.find(({ name }) => name === CASE)?.contenders ?? [];
    const waiting = await Promise.all(
      contenders.map(async (contender) => {
        const queue = await stage.queue();
        const child = stage.child('probe.ts', {
          ...stage.assignment(CASE, contender.name, [queue]),
          waitTimeS: LONG_POLL_S,
        });
        await answerOf<Probe>(child);
        return { contender, child };
      }),
    );
    await sleep(SETTLE_MS);
    const probes = (): Promise<Probe[]> =>
      Promise.all(
        waiting.map(({ child }) => {
          child.send('probe');
          return answerOf<Probe>(child);
        }),
      );
    const before = await probes();
    await sleep(WINDOW_MS);
    const after = await probes();
    const figures = waiting.map(({ contender }, at) => {
      const perMinute = (what: 'calls' | 'cpuMs'): number =>
        (((after[at]?.[what] ?? NaN) - (before[at]?.[what] ?? NaN)) * MINUTE_MS) / WINDOW_MS;
      return [contender.name, { calls: perMinute('calls'), cpuMs: perMinute('cpuMs') }] as const;
    });
    await Promise.all(
      waiting.map(async ({ child }) => {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }),
    );
    return {
      name: 'idle',
      title: `${idle.what}; ${idle.size}`,
      table: [
        ['', 'HTTP calls a minute', 'CPU ms a minute'],
        ...figures.map(([name, { calls, cpuMs }]) => [name, fixed(calls, 1), fixed(cpuMs)]),
      ],
      settings: Object.fromEntries(contenders.map(({ name, settings }) => [name, settings])),
      figures: Object.fromEntries(figures),
      runs: Object.fromEntries(figures),
    };
  },
};
