import { describe, expect, it } from '@jest/globals';
import type { Figures, Report } from '../../bench/benchmark.js';
import { documentOf } from '../../bench/document.js';
import { goalRows, goalsOf } from '../../bench/goals.js';

const report = (name: string, figures: Record<string, Figures>): Report => ({
  name,
  title: 'what',
  table: [
    ['', 'µs'],
    ['Weft', '1'],
  ],
  settings: { Weft: 'defaults' },
  figures,
  runs: {},
});

const REPORTS = [
  report('consume', {
    'bare SDK loop': { cpuUs: 200 },
    Weft: { cpuUs: 120, calls: 201.6 },
    'sqs-consumer': { cpuUs: 900 },
    '@ssut/nestjs-sqs': { cpuUs: 600 },
  }),
  report('request-64', { 'naive SDK round trip': { perSecond: 100 }, Weft: { perSecond: 610 } }),
  report('queues', { one: { cpuUs: 10 }, four: { cpuUs: 15 }, more: { cpuUs: 12 } }),
];

describe('goals', () => {
  it('say whether they are met, and by how much they are not', () => {
    const rows = goalRows(goalsOf(REPORTS));
    const [, consume, calls, consumer, nestjs] = rows;
    expect(consume?.slice(1)).toEqual([
      '≤ 0.5×',
      '0.60× (120.0 µs here, 38.4 µs where the bare loop takes 64)',
      'no: 1.20 × what it may be',
    ]);
    expect(calls?.slice(1)).toEqual(['≤ 205', '202', 'yes']);
    expect(consumer?.slice(1)).toEqual(['≥ 6×', '7.50×', 'yes']);
    expect(nestjs?.slice(1)).toEqual(['≥ 6×', '5.00×', 'no: 0.83 × what it should be']);
    expect(rows.find(([what]) => what?.includes('64 at once'))?.slice(2)).toEqual(['6.10×', 'yes']);
    expect(rows.find(([what]) => what?.includes('number of queues'))?.slice(2)).toEqual([
      '1.50×',
      'no: 1.25 × what it may be',
    ]);
  });

  it('say so when they were not measured', () => {
    expect(
      goalRows(goalsOf([]))
        .slice(1)
        .map((row) => row.slice(2)),
    ).toEqual(goalsOf([]).map(() => ['–', 'not measured']));
  });
});

it('the document has every table, every profile and what failed', () => {
  const text = documentOf({
    machine: { cpu: 'X1', cores: 2, node: 'v24', commit: 'abc', date: '2026-01-01', text: '' },
    minutes: 21,
    reports: REPORTS,
    profiles: [
      {
        caseName: 'consume',
        contender: 'Weft',
        cpuUsPerMessage: 50,
        owners: [{ name: 'Weft', share: 0.2 }],
        functions: [{ name: 'parse', share: 0.1 }],
      },
    ],
    failures: ['memory: too slow'],
  });
  for (const part of [
    'Node v24, 2 × X1, commit abc, 2026-01-01',
    '## consume\n\nWhat.\n\n|  | µs |\n| --- | ---: |\n| Weft | 1 |\n\n- Weft: defaults',
    '| Weft | 20.0 % | 10.00 |',
    'Weft itself takes 10.0 µs of them.',
    '| `parse` | 10.0 % | 5.00 |',
    '- memory: too slow',
  ]) {
    expect(text).toContain(part);
  }
});
