import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { play, type Outcome, type SceneOptions } from './scene.js';
import type { Trouble } from './unreliable.queue.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn', 'log']));

const KEPT = {
  unhandled: [],
  deadLetteredUntried: [],
  overtaken: [],
  stranded: [],
  sideBySide: [],
  notOurs: [],
  left: 0,
} satisfies Partial<Outcome>;

/**
 * Jobs in bursts, some of which fail at first, through three processes that take over from each other at any moment.
 * No group has more messages than one call changes.
 */
const jobs = fc.record({
  seed: fc.integer(),
  messages: fc.constant(40),
  failing: fc.constantFrom(0, 0.1, 0.3),
  closings: fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 2 }),
  burst: fc.constantFrom({ size: 40, everyMs: 0 }, { size: 20, everyMs: 300 }),
});

type Scene = Partial<SceneOptions>;

const kept = (scene: Scene, expected: Partial<Outcome> = KEPT): Promise<void> =>
  fc.assert(
    fc.asyncProperty(jobs, async (given) => {
      expect(await play({ ...given, ...scene })).toMatchObject(expected);
    }),
    { numRuns: 12 },
  );

/** A release that is not answered before the time to close is over leaves its message to the end of its lease. */
const { stranded: _stranded, ...KEPT_BY_LEASES } = KEPT;

const TROUBLES: readonly (readonly [string, Omit<Trouble, 'random'>])[] = [
  ['nothing goes wrong', {}],
  ['every call takes up to 600 ms', { latencyMs: 600 }],
  ['one change of visibility in ten is refused', { refused: 0.1, on: ['changeVisibility'] }],
  ['one entry in twenty is refused', { refused: 0.05 }],
  [
    'one answer in five to deletes and changes of visibility is lost',
    { lostAnswers: 0.2, on: ['delete', 'changeVisibility'] },
  ],
  ['one delete in five never arrives', { lostCalls: 0.2, on: ['delete'] }],
  [
    'one change of visibility in five stalls for 15 s',
    { stalls: { share: 0.2, ms: 15_000 }, on: ['changeVisibility'] },
  ],
];

describe.each(TROUBLES)('while %s', (_what, trouble) => {
  const expected = trouble.stalls ? KEPT_BY_LEASES : KEPT;
  // Handlers that succeeded run again only where something went wrong.
  const once = Object.keys(trouble).length === 0 ? { repeated: 0 } : {};

  it('a standard queue: every message is handled, and a process that closes leaves none invisible', () =>
    expect(kept({ trouble }, { ...expected, ...once })).resolves.toBeUndefined());

  it.each(['block', 'hold', 'skip'] as const)(
    'a FIFO queue that says %s: every message is handled in the order of its group, and none is left invisible',
    (onFailure) =>
      expect(
        kept({ groups: 4, onFailure, trouble }, { ...expected, ...once }),
      ).resolves.toBeUndefined(),
  );
});

/** Single runs, as the order still depends on luck where SQS refuses the same message again and again. */
describe('a FIFO queue whose messages that failed are refused when they are released keeps its order', () => {
  it.each([
    ['where one in five is', { refused: 0.2, on: ['changeVisibility'] }, [1, 11, 47, 48, 51, 54]],
    [
      'where one in ten is, and every call takes up to 600 ms',
      { refused: 0.1, latencyMs: 600 },
      [5, 6, 11, 18, 19, 25, 28, 34, 37, 39, 47, 52, 56, 57],
    ],
  ] as const)('%s', async (_where, trouble, seeds) => {
    const burst = { size: 20, everyMs: 300 };
    const scene = { messages: 40, groups: 4, failing: 0.3, closings: [800, 2000], burst } as const;
    for (const seed of seeds) expect(await play({ ...scene, seed, trouble })).toMatchObject(KEPT);
  });
});

/** When the first of two processes stands still, and for how long: longer than its leases of 10 s, or just as long. */
const freeze = fc.record({
  atMs: fc.integer({ min: 0, max: 1500 }),
  forMs: fc.constantFrom(9_000, 10_500, 20_000, 61_000),
});

describe('a process that stands still for longer than its leases, beside another one', () => {
  it.each([
    ['on a standard queue', {}],
    ['on a standard queue, with a store', { store: true }],
    ['on a FIFO queue', { groups: 6 }],
    ['on a FIFO queue, with a store', { groups: 6, store: true }],
    ['whose calls take up to 600 ms', { trouble: { latencyMs: 600 } }],
    ['between two tries on a queue whose handlers fail', { failing: 0.3 }],
    ['on a FIFO queue that hides what failed', { groups: 6, failing: 0.3 }],
    ['on a FIFO queue that holds what failed', { groups: 6, failing: 0.3, onFailure: 'hold' }],
    ['while it closes', { closingMs: 300 }],
    ['while it closes a FIFO queue', { groups: 6, closingMs: 1000 }],
    [
      'while it closes a FIFO queue that holds what failed',
      { groups: 6, failing: 0.3, onFailure: 'hold', closingMs: 300 },
    ],
  ] as const)('starts no message whose lease it has lost, %s', async (_where, scene) => {
    await fc.assert(
      fc.asyncProperty(jobs, freeze, async (given, freezing) => {
        const { closingMs, ...rest }: Scene & { readonly closingMs?: number } = scene;
        const outcome = await play({
          ...given,
          failing: 0,
          ...rest,
          closings: [],
          freeze: { ...freezing, ...(closingMs !== undefined && { closingMs }) },
          visibilityTimeoutS: 10,
          workMs: 400,
        });
        const { notOurs, unhandled, deadLetteredUntried, left } = outcome;
        expect({ notOurs, unhandled, deadLetteredUntried, left }).toEqual({
          notOurs: [],
          unhandled: [],
          deadLetteredUntried: [],
          left: 0,
        });
      }),
      { numRuns: 15 },
    );
  });
});

it('a clock that is set ten minutes ahead or back repeats no handler, however long it runs', () =>
  fc.assert(
    fc.asyncProperty(fc.integer(), fc.constantFrom(-600_000, 600_000), async (seed, byMs) => {
      const clockSet = { atMs: 5000, byMs };
      const scene = { seed, messages: 30, workMs: 40_000, visibilityTimeoutS: 10, clockSet };
      expect(await play(scene)).toMatchObject({ ...KEPT, repeated: 0 });
    }),
    { numRuns: 10 },
  ));

describe('a queue that dead-letters after a few receives', () => {
  it.each([
    ['once, on a standard queue', { maxReceiveCount: 1, failing: 0 }],
    ['once, on a FIFO queue', { maxReceiveCount: 1, failing: 0, groups: 4 }],
    ['twice, on a FIFO queue whose handlers fail', { maxReceiveCount: 2, groups: 4 }],
    ['three times, on a FIFO queue whose handlers fail', { maxReceiveCount: 3, groups: 4 }],
  ] as const)('dead-letters no message before a handler had it: %s', (_times, scene) =>
    expect(
      kept(scene, { unhandled: [], deadLetteredUntried: [], stranded: [], left: 0 }),
    ).resolves.toBeUndefined(),
  );
});
