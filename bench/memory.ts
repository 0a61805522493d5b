import type { Benchmark, Report, Size } from './benchmark.js';
import type { MemorySample } from './children/memory.js';
import { WEFT } from './contenders/names.js';
import { bodyOf } from './order.js';
import { answerOf, type Stage } from './stage.js';
import { fixed, slope } from './statistics.js';

const CASE = 'consume';
const MESSAGES = 1_000_000;
const LINES = 10;
const MIB = 1024 * 1024;

/** What the process holds over many messages. */
export const memory: Benchmark = {
  name: 'memory',
  what: 'the memory of Weft while it consumes',
  size: `${fixed(MESSAGES)} messages of 284 bytes, once, a line each ${fixed(MESSAGES / LINES)}`,
  async run(stage: Stage, { messages = MESSAGES }: Size): Promise<Report> {
    const queue = await stage.queue();
    stage.supply({ queueUrl: queue.url, body: bodyOf(284), messages, groups: 0 });
    const sampleEvery = Math.ceil(messages / LINES);
    const child = stage.child(
      'memory.ts',
      { ...stage.assignment(CASE, WEFT, [queue]), messages, sampleEvery },
      ['--expose-gc'],
    );
    const samples: MemorySample[] = [];
    while (samples.length < LINES) {
      stage.progress(`memory: ${fixed(samples.length * sampleEvery)} of ${fixed(messages)}`);
      samples.push(await answerOf<MemorySample>(child));
    }
    child.kill('SIGKILL');
    await stage.remove([queue]);
    return reportOf(samples, sampleEvery);
  },
};

function reportOf(samples: readonly MemorySample[], sampleEvery: number): Report {
  const heaps = samples.map(({ heapBytes }) => heapBytes);
  const [first = NaN] = heaps;
  const growth = slope(heaps);
  return {
    name: 'memory',
    title: `${memory.what}, garbage collected before each line`,
    table: [
      ['messages', 'heap and buffers, MiB', 'resident, MiB', 'messages/s since the last line'],
      ...samples.map(({ messages, heapBytes, rssBytes, atMs }, at) => {
        const ms = atMs - (samples[at - 1]?.atMs ?? Number.NaN);
        return [
          fixed(messages),
          fixed(heapBytes / MIB, 2),
          fixed(rssBytes / MIB, 1),
          at === 0 ? '' : fixed((sampleEvery * 1000) / ms),
        ];
      }),
    ],
    settings: { [WEFT]: '@EventPattern, one message a handler, defaults' },
    figures: {
      [WEFT]: {
        bytesPerMessage: growth / sampleEvery,
        growth: (first + growth * (samples.length - 1)) / first,
      },
    },
    runs: { [WEFT]: samples },
  };
}
