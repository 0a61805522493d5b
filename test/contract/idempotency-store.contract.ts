import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type {
  Completion,
  IdempotencyRecord,
  IdempotencyStore,
  Reservation,
} from '../../src/transport/idempotency/index.js';

const LEASE_MS = 30_000;
const TTL_S = 3600;
const HASH = 'a'.repeat(64);

/**
 * What every store keeps. `open` gives a store; keys of one test are no other test's. `whenMany` declares
 * the test of callers that race, for an engine that cannot show it.
 */
export function idempotencyStoreContract(
  name: string,
  open: () => IdempotencyStore,
  whenMany: (title: string, test: () => Promise<void>) => void = it,
): void {
  describe(`an idempotency store in ${name}`, () => {
    // Whole seconds: expiry is counted in them. Times only go forward from here, without waiting.
    const startMs = Math.ceil(Date.now() / 1000) * 1000;
    const completed = (more: Partial<Completion> = {}): Completion => ({
      expiresAtS: startMs / 1000 + TTL_S,
      ...more,
    });
    let store: IdempotencyStore;
    let key: string;

    beforeEach(() => {
      store = open();
      key = `queue/Handler.run#${randomUUID()}`;
    });

    const by = (owner: string, more: Partial<Reservation> = {}): Reservation => ({
      key,
      owner,
      payloadHash: HASH,
      inProgressUntilMs: startMs + LEASE_MS,
      expiresAtS: startMs / 1000 + TTL_S,
      ...more,
    });
    const reserve = (owner: string, nowMs = startMs): Promise<IdempotencyRecord | undefined> =>
      store.reserve(
        by(owner, {
          inProgressUntilMs: nowMs + LEASE_MS,
          expiresAtS: Math.ceil(nowMs / 1000) + TTL_S,
        }),
        nowMs,
      );

    it('gives work to the first that asks, and reports it to others as in progress', async () => {
      expect(await reserve('first')).toBeUndefined();
      expect(await reserve('second', startMs + LEASE_MS)).toMatchObject({
        status: 'INPROGRESS',
        inProgressUntilMs: startMs + LEASE_MS,
        payloadHash: HASH,
      });
    });

    whenMany('gives work to exactly one of many that ask at once', async () => {
      const owners = Array.from({ length: 12 }, (_, n) => `owner-${n}`);
      const found = await Promise.all(owners.map((owner) => reserve(owner)));
      expect(found.filter((record) => record === undefined)).toHaveLength(1);
    });

    it('keeps work and its answer once it is committed', async () => {
      const answer = JSON.stringify([{ text: 'ñ 漢字 😀 \u0000 "quoted"', n: 1.5, none: null }]);
      await reserve('first');
      expect({ committed: await store.commit(by('first'), completed({ answer })) }).toEqual({
        committed: true,
      });
      expect(await reserve('second', startMs + TTL_S * 1000)).toMatchObject({
        status: 'COMPLETED',
        answer,
        payloadHash: HASH,
      });
    });

    it('keeps work that was committed without an answer', async () => {
      await reserve('first');
      await store.commit(by('first'), completed());
      const found = await reserve('second');
      expect(found).toMatchObject({ status: 'COMPLETED' });
      expect(found).not.toHaveProperty('answer');
    });

    it('gives released work to the next that asks', async () => {
      await reserve('first');
      expect({ released: await store.release(by('first')) }).toEqual({ released: true });
      expect(await reserve('second')).toBeUndefined();
    });

    it('gives abandoned work away only after its time is over', async () => {
      await reserve('first');
      expect(await reserve('second', startMs + LEASE_MS)).toBeDefined();
      expect(await reserve('second', startMs + LEASE_MS + 1)).toBeUndefined();
    });

    it('keeps work in progress for as long as it is renewed', async () => {
      await reserve('first');
      expect({ renewed: await store.renew(by('first'), startMs + 3 * LEASE_MS) }).toEqual({
        renewed: true,
      });
      expect(await reserve('second', startMs + 3 * LEASE_MS)).toMatchObject({
        inProgressUntilMs: startMs + 3 * LEASE_MS,
      });
      expect(await reserve('second', startMs + 3 * LEASE_MS + 1)).toBeUndefined();
    });

    it('forgets what has expired, its answer included', async () => {
      await reserve('first');
      await store.commit(by('first'), completed({ answer: '[1]' }));
      const laterMs = startMs + TTL_S * 1000 + 1000;
      expect(await reserve('second', laterMs)).toBeUndefined();
      expect({
        committed: await store.commit(by('second'), completed({ expiresAtS: laterMs })),
      }).toEqual({ committed: true });
      expect(await reserve('third', laterMs)).not.toHaveProperty('answer');
    });

    it('keeps an answer of no length', async () => {
      await reserve('first');
      await store.commit(by('first'), completed({ answer: '' }));
      expect(await reserve('second')).toMatchObject({ status: 'COMPLETED', answer: '' });
    });

    it('lets only the owner renew, commit or release', async () => {
      await reserve('first');
      expect({ renewed: await store.renew(by('second'), startMs + 9 * LEASE_MS) }).toEqual({
        renewed: false,
      });
      expect({
        committed: await store.commit(by('second'), completed({ answer: '["wrong"]' })),
      }).toEqual({ committed: false });
      expect({ released: await store.release(by('second')) }).toEqual({ released: false });
      expect(await reserve('third')).toMatchObject({
        status: 'INPROGRESS',
        inProgressUntilMs: startMs + LEASE_MS,
      });
    });

    it('takes nothing from an owner whose work was taken over', async () => {
      await reserve('slow');
      await reserve('second', startMs + LEASE_MS + 1);
      expect({ committed: await store.commit(by('slow'), completed()) }).toEqual({
        committed: false,
      });
      expect({ released: await store.release(by('slow')) }).toEqual({ released: false });
      expect(await reserve('third', startMs + LEASE_MS + 1)).toMatchObject({
        status: 'INPROGRESS',
      });
    });

    it('says the same when a call whose answer was lost is repeated', async () => {
      expect(await reserve('first')).toBeUndefined();
      expect(await reserve('first')).toBeUndefined();
      expect({ committed: await store.commit(by('first'), completed({ answer: '[1]' })) }).toEqual({
        committed: true,
      });
      expect({ committed: await store.commit(by('first'), completed({ answer: '[1]' })) }).toEqual({
        committed: true,
      });
      expect({ released: await store.release(by('first')) }).toEqual({ released: false });
      expect(await reserve('first')).toMatchObject({ status: 'COMPLETED', answer: '[1]' });
    });

    it.each([
      ['a text of a path and operators', '$where.__proto__/../*'],
      ['characters of every kind', 'ñ 漢字 😀 "\'\\ \n'],
      ['a thousand characters', 'k'.repeat(1000)],
    ])('takes %s for a key', async (_what, text) => {
      key = `${text}${randomUUID()}`;
      expect(await reserve('first')).toBeUndefined();
      expect(await reserve('second')).toMatchObject({ status: 'INPROGRESS' });
    });

    it('behaves as its model does under any order of calls by any owners', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 25 }), async (script) => {
          key = randomUUID();
          const model = new Model();
          let nowMs = startMs;
          for (const step of script) {
            nowMs += step.waitMs;
            const reservation = by(step.owner, {
              inProgressUntilMs: nowMs + LEASE_MS,
              expiresAtS: Math.ceil(nowMs / 1000) + TTL_S,
            });
            const expected = model.apply(step.action, reservation, nowMs);
            expect([step, await perform(store, step.action, reservation)(nowMs)]).toEqual([
              step,
              expected,
            ]);
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}

const ACTIONS = ['reserve', 'renew', 'commit', 'release'] as const;
type Action = (typeof ACTIONS)[number];

const steps = fc.record({
  action: fc.constantFrom(...ACTIONS, 'reserve' as const),
  owner: fc.constantFrom('a', 'b', 'c'),
  waitMs: fc.constantFrom(0, 1, LEASE_MS - 1, LEASE_MS + 1, TTL_S * 1000 + 1000),
});

const perform =
  (store: IdempotencyStore, action: Action, reservation: Reservation) =>
  async (nowMs: number): Promise<string | boolean> => {
    const { inProgressUntilMs, expiresAtS } = reservation;
    if (action === 'renew') return store.renew(reservation, inProgressUntilMs);
    if (action === 'commit') return store.commit(reservation, { expiresAtS });
    if (action === 'release') return store.release(reservation);
    return (await store.reserve(reservation, nowMs))?.status ?? 'RESERVED';
  };

/** One key of a store, as simply as it can be said. */
class Model {
  #held: { owner: string; done: boolean; untilMs: number; expiresAtS: number } | undefined;

  apply(action: Action, reservation: Reservation, nowMs: number): string | boolean {
    const { owner, inProgressUntilMs: untilMs, expiresAtS } = reservation;
    if (action === 'reserve') {
      const held = this.#held;
      const live = held && held.expiresAtS * 1000 >= nowMs && (held.done || held.untilMs >= nowMs);
      if (held && live && (held.done || held.owner !== owner))
        return held.done ? 'COMPLETED' : 'INPROGRESS';
      if (!live) this.#held = { owner, done: false, untilMs, expiresAtS };
      return 'RESERVED';
    }
    const own = this.#held?.owner === owner ? this.#held : undefined;
    if (!own || (action !== 'commit' && own.done)) return false;
    if (action === 'renew') own.untilMs = untilMs;
    if (action === 'commit') Object.assign(own, { done: true, expiresAtS });
    if (action === 'release') this.#held = undefined;
    return true;
  }
}
