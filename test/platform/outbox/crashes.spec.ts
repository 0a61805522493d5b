import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { FakeClock } from '../../../src/testing/index.js';
import { LEASE_MS, ORDERS, OutboxFixture } from './outbox.fixture.js';

interface Note {
  readonly document: string;
  readonly key: string;
  readonly n: number;
}

/** One life of a relay: until it is killed at a call of the store, or at the start of an attempt. */
const life = fc.record({
  calls: fc.integer({ min: 1, max: 25 }),
  done: fc.boolean(),
  /** Attempts at publishing that fail, by their number. */
  failures: fc.uniqueArray(fc.nat(20), { maxLength: 5 }),
  /** Whether the message is out when the process is killed while publishing. */
  deadlyAttempt: fc.option(fc.record({ n: fc.nat(10), out: fc.boolean() })),
});

describe('two relays whose processes are killed at any call', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('publish every entry, none of a key before one written earlier, and leave nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ document: fc.nat(2), key: fc.nat(1) }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.array(fc.tuple(life, life), { maxLength: 4 }),
        async (writes, lives) => {
          const store = new SqliteStore();
          const clock = new FakeClock(1_000_000);
          const out: Note[] = [];
          const notes = writes.map(({ document, key }, n): Note => ({
            document: `d${document}`,
            key: `k${key}`,
            n,
          }));
          const writer = new OutboxFixture({ store, clock });
          for (const note of notes) {
            const { document, key } = note;
            await writer.write(document, writer.note(JSON.stringify(note), { key }));
          }

          const relay = (): OutboxFixture => {
            const made = new OutboxFixture({ store, clock, maxStarts: 1000 });
            made.publish = (data) => void out.push(JSON.parse(data) as Note);
            return made;
          };
          for (const pair of lives) {
            const relays = pair.map(({ calls, done, failures, deadlyAttempt }) => {
              const mortal = relay();
              const { publish } = mortal;
              mortal.killAtCall(calls, done);
              let attempts = 0;
              mortal.publish = async (data, context) => {
                const attempt = attempts++;
                if (attempt === deadlyAttempt?.n) {
                  if (deadlyAttempt.out) await publish(data, context);
                  mortal.kill();
                  await new Promise(() => undefined);
                }
                if (failures.includes(attempt)) throw new Error('down');
                await publish(data, context);
              };
              return mortal;
            });
            for (let pass = 0; pass < 3; pass++) {
              await Promise.all(relays.map((one) => Promise.race([one.outbox.flush(), one.died])));
              await clock.advance(LEASE_MS);
            }
          }
          const last = relay();
          for (let pass = 0; pass < 3; pass++) {
            await last.outbox.flush();
            await clock.advance(LEASE_MS);
          }

          expect(new Set(out.map(({ n }) => n))).toEqual(new Set(notes.map(({ n }) => n)));
          for (const note of notes) {
            const first = out.findIndex(({ n }) => n === note.n);
            const late = out
              .slice(first + 1)
              .filter(
                ({ document, key, n }) =>
                  document === note.document &&
                  key === note.key &&
                  n < note.n &&
                  !out.slice(0, first).some((before) => before.n === n),
              );
            expect(late).toEqual([]);
          }
          for (const order of await store.collection(ORDERS).find({})) {
            const { _id: id } = order;
            const n = notes.filter(({ document }) => document === id).length;
            expect(order).toEqual({ _id: id, n, outbox: [] });
          }
          await store.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});
