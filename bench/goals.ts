import type { Report } from './benchmark.js';
import { BARE, NAIVE, NESTJS_SQS, SQS_CONSUMER, TAR, WEFT } from './contenders/names.js';
import {
  ANNOUNCED,
  APPEND_LARGE,
  APPEND_SMALL,
  NEVER_ANSWERED,
  READ_LARGE,
  READ_SMALL,
  SHOWN_TO_MOST,
} from './sessions-cases.js';
import { fixed } from './statistics.js';

/** What is aimed at, and what was measured. */
export interface Goal {
  readonly what: string;
  readonly limit: number;
  readonly kind: 'atMost' | 'atLeast';
  readonly measured: number;
  readonly unit: string;
  /** The same in microseconds. */
  readonly aside?: string;
}

/** What the bare loop cost on the machine the goals were set on, in µs; the goals are half of it. */
const REFERENCE_CONSUME_US = 64;
const REFERENCE_PUBLISH_US = 40;

/** Flat, within what one run differs from the next. */
const FLAT = 1.2;

/** A search through 200 MB would take thousands of times as long; the references to its pages are read with it. */
const PAGE_OF_MANY = 2;

/** A figure of a report, NaN where it was not measured. */
type Find = (report: string, contender: string, figure: string) => number;

const finderOf =
  (reports: readonly Report[]): Find =>
  (report, contender, figure) =>
    reports.find(({ name }) => name === report)?.figures[contender]?.[figure] ?? Number.NaN;

/** Every goal, with what these reports say of it. */
export function goalsOf(reports: readonly Report[]): readonly Goal[] {
  const of = finderOf(reports);
  const between = (report: string, figure: string, over: string, under: string): number =>
    of(report, over, figure) / of(report, under, figure);
  const consume = between('consume', 'cpuUs', WEFT, BARE);
  const publish = between('publish', 'cpuUs', WEFT, BARE);
  const growth = (name: string): number => {
    const costs = Object.values(reports.find((report) => report.name === name)?.figures ?? {});
    const us = costs.map(({ cpuUs = Number.NaN }) => cpuUs);
    return Math.max(...us) / (us[0] ?? Number.NaN);
  };
  return [
    {
      ...ratio('CPU of a consumed message to that of the bare loop', 'atMost', 0.5, consume),
      aside: inMicroseconds(of('consume', WEFT, 'cpuUs'), consume, REFERENCE_CONSUME_US),
    },
    {
      what: 'HTTP calls per 1000 consumed',
      kind: 'atMost',
      limit: 205,
      measured: of('consume', WEFT, 'calls'),
      unit: '',
    },
    ...[SQS_CONSUMER, NESTJS_SQS].map((peer) =>
      ratio(
        `CPU of a message consumed by ${peer}, one a handler, to that of Weft`,
        'atLeast',
        6,
        between('consume', 'cpuUs', peer, WEFT),
      ),
    ),
    {
      ...ratio('CPU of an `emit()` to that of a message of the bare loop', 'atMost', 0.5, publish),
      aside: inMicroseconds(of('publish', WEFT, 'cpuUs'), publish, REFERENCE_PUBLISH_US),
    },
    ratio(
      'p50 of a request, one at a time, to that of a naive round trip',
      'atMost',
      1.2,
      between('request-1', 'p50Ms', WEFT, NAIVE),
    ),
    ratio(
      'requests a second, 64 at once, to those of naive round trips',
      'atLeast',
      6,
      between('request-64', 'perSecond', WEFT, NAIVE),
    ),
    ratio(
      'heap at the end of the memory run to that at its begin',
      'atMost',
      1.05,
      of('memory', WEFT, 'growth'),
    ),
    ratio(
      'CPU of a message on the most expensive number of queues to that on one',
      'atMost',
      FLAT,
      growth('queues'),
    ),
    ratio(
      'CPU of a message at the most expensive number in flight to that at 10',
      'atMost',
      FLAT,
      growth('in-flight'),
    ),
    ratio(
      `MiB/s of files into a bundle to those of ${TAR}`,
      'atLeast',
      1.5,
      between('bundles', 'mibPerS', WEFT, TAR),
    ),
    {
      what: 'objects of 1 KiB into bundles, a second and core',
      kind: 'atLeast',
      limit: 1000,
      measured: of('bundles', WEFT, 'objectsPerCoreS'),
      unit: '',
    },
    {
      what: 'MiB a bundler takes over its start: 100,000 objects of 1 KiB, one of 5 GiB',
      kind: 'atMost',
      limit: 150,
      measured: of('bundles', WEFT, 'grownMib'),
      unit: '',
    },
    ...['metadata', 'feedback'].map((change) =>
      ratio(
        `p99 of a change of ${change} while SNS and SQS never answer to that while both are healthy`,
        'atMost',
        FLAT,
        between('sessions', 'p99', `${change}, ${NEVER_ANSWERED}`, `${change}, ${ANNOUNCED}`),
      ),
    ),
    ratio(
      'p50 of an append to a session of 100,000 messages to that of 10',
      'atMost',
      FLAT,
      between('sessions', 'p50', APPEND_LARGE, APPEND_SMALL),
    ),
    ratio(
      'p50 of a page of 50 messages from 200 MB to that from 50 messages',
      'atMost',
      PAGE_OF_MANY,
      between('sessions', 'p50', READ_LARGE, READ_SMALL),
    ),
    {
      what: 'MiB resident with 10,000 open event streams',
      kind: 'atMost',
      limit: 1024,
      measured: of('sessions', SHOWN_TO_MOST, 'rssMib'),
      unit: '',
    },
  ];
}

const ratio = (what: string, kind: Goal['kind'], limit: number, measured: number): Goal => ({
  what,
  kind,
  limit,
  measured,
  unit: '×',
});

const inMicroseconds = (us: number, share: number, reference: number): string =>
  `${fixed(us, 1)} µs here, ${fixed(share * reference, 1)} µs where the bare loop takes ${reference}`;

export const isMet = ({ kind, limit, measured }: Goal): boolean =>
  kind === 'atMost' ? measured <= limit : measured >= limit;

/** `no: 1.40 × what it may be` */
export function verdictOf(goal: Goal): string {
  const { kind, limit, measured } = goal;
  if (Number.isNaN(measured)) return 'not measured';
  if (isMet(goal)) return 'yes';
  return `no: ${fixed(measured / limit, 2)} × what it ${kind === 'atMost' ? 'may' : 'should'} be`;
}

/** The head and one row for each goal. */
export const goalRows = (goals: readonly Goal[]): readonly (readonly string[])[] => [
  ['', 'goal', 'measured', 'met'],
  ...goals.map((goal) => [goal.what, limitOf(goal), measuredOf(goal), verdictOf(goal)]),
];

const limitOf = ({ kind, limit, unit }: Goal): string =>
  `${kind === 'atMost' ? '≤' : '≥'} ${limit}${unit}`;

function measuredOf({ measured, unit, aside }: Goal): string {
  if (Number.isNaN(measured)) return '–';
  const value = `${fixed(measured, unit === '' ? 0 : 2)}${unit}`;
  return aside === undefined ? value : `${value} (${aside})`;
}
