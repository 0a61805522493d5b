import type { Benchmark, Report } from './benchmark.js';
import type { QueryFigures } from './children/query.js';
import { answerOf, start, type Stage } from './stage.js';
import { fixed, median, spread } from './statistics.js';

/** What a query costs beside DuckDB called by hand, and what long ones cost everybody else in the process. */
export const query: Benchmark = {
  name: 'query',
  what: 'SELECT 1, and a small file read again and again beside four long queries',
  size: '200 queries each, one after another; 3 s of reading each',
  async run(stage: Stage): Promise<Report> {
    stage.progress('query');
    const { select, longestReadMs } = await answerOf<QueryFigures>(start('children/query.ts'));
    const selects = Object.entries(select);
    const reads = Object.entries(longestReadMs);
    return {
      name: 'query',
      title: `${query.what}; ${query.size}`,
      table: [
        ['', 'ms a SELECT 1', 'longest read of a small file, ms'],
        ...selects.map(([name, times]) => [name, spread(times, 2), '']),
        ...reads.map(([name, ms]) => [name, '', fixed(ms, 1)]),
      ],
      settings: {
        'DuckDB by hand': 'one connection that stays open, in the process',
        Weft: 'a process of its own, the file opened and closed for each query, locked before it; by Command: SNS, SQS, handler, Result and reply on the embedded stack',
      },
      figures: Object.fromEntries([
        ...selects.map(([name, times]) => [name, { selectMs: median([...times]) }] as const),
        ...reads.map(([name, ms]) => [name, { longestReadMs: ms }] as const),
      ]),
      runs: { select, longestReadMs },
    };
  },
};
