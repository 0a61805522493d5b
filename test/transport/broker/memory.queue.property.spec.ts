import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FakeClock } from '../../../src/testing/index.js';
import type { BrokerMessage } from '../../../src/transport/broker/broker.queue.js';
import { MemoryQueue } from '../../../src/transport/broker/memory/memory.queue.js';
import { seeded } from '../../support/seeded.js';
import { QueueModel, type Kept } from './queue.model.js';

const LEASE_S = 30;
const MAX_RECEIVES = 3;

const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ put: fc.nat(12), group: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ receive: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ delete: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ change: fc.nat(), toS: fc.constantFrom(0, 0, 60) }) },
  { weight: 2, arbitrary: fc.record({ passS: fc.constantFrom(1, 10, 30, 300) }) },
);
const steps = fc.array(anyStep, { minLength: 1, maxLength: 60 });
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

interface Handle {
  readonly handle: string;
  readonly message: Kept;
  readonly receives: number;
}

/** A queue in memory and its model, which are told the same, and what each of them said. */
class Pair {
  readonly said: string[] = [];
  readonly expected: string[] = [];
  readonly clock = new FakeClock(0);
  readonly dead = new MemoryQueue({ clock: this.clock });
  readonly queue: MemoryQueue;
  readonly model: QueueModel;
  readonly #handles: Handle[] = [];
  readonly #ids = new Map<string, string>();
  #sent = 0;

  constructor(private readonly fifo: boolean) {
    const RedrivePolicy = `{"deadLetterTargetArn":"dead","maxReceiveCount":${MAX_RECEIVES}}`;
    this.model = new QueueModel(fifo, MAX_RECEIVES);
    this.queue = new MemoryQueue({
      clock: this.clock,
      attributes: { FifoQueue: String(fifo), RedrivePolicy },
      queueOf: () => this.dead,
    });
  }

  async take(step: Step): Promise<void> {
    if ('put' in step) this.#put(`g${step.group}`, `id${step.put}`);
    else if ('receive' in step) await this.receive(step.receive);
    else if ('passS' in step) await this.pass(step.passS);
    else if (this.#handles.length > 0)
      await ('delete' in step ? this.#delete(step.delete) : this.#change(step.change, step.toS));
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
    this.model.nowMs += seconds * 1000;
  }

  async receive(maxMessages: number): Promise<number> {
    const request = { maxMessages, waitTimeS: 0, visibilityTimeoutS: LEASE_S };
    const received = await this.queue.receive(request);
    const expected = this.model.receive(maxMessages, LEASE_S * 1000);
    this.#compare(
      received.map(inWords).join(),
      expected.map(({ body, receives }) => `${body}, receive ${receives}`).join(),
    );
    received.forEach(({ ReceiptHandle: handle = '' }, index) => {
      const message = expected[index];
      if (message) this.#handles.push({ handle, message, receives: message.receives });
    });
    return received.length;
  }

  /** What both have at the end of a step. */
  compare(): void {
    const { kept, deadLetters } = this.model;
    const [left, dead] = [this.queue, this.dead].map(({ messages }) => bodies(messages));
    this.#compare(`${left}; dead: ${dead}`, `${bodies(kept)}; dead: ${deadLetters.join()}`);
  }

  #compare(said: string, expected: string): void {
    this.said.push(said);
    this.expected.push(expected);
  }

  #put(group: string, deduplicationId: string): void {
    this.#sent += 1;
    const body = `${group} m${this.#sent}`;
    const outcome = this.model.put(body, group, deduplicationId);
    const id = this.queue.put({ body, attributes: {}, group, deduplicationId });
    const known = this.fifo && this.#ids.get(deduplicationId) === id;
    this.#compare(`${body} is ${known ? 'known' : 'taken'}`, `${body} is ${outcome}`);
    this.#ids.set(deduplicationId, id);
  }

  async #delete(nth: number): Promise<void> {
    const { handle, message, receives } = this.#handle(nth);
    const taken = this.model.isLeased(message, receives);
    const gone = !this.model.kept.includes(message);
    const [outcome] = await this.queue.delete([handle]);
    this.#compare(verdict(outcome?.ok), verdict(taken || gone || !this.fifo));
    if (outcome?.ok) this.model.delete(message);
  }

  async #change(nth: number, toS: number): Promise<void> {
    const { handle, message, receives } = this.#handle(nth);
    const taken = this.model.isLeased(message, receives);
    const [outcome] = await this.queue.changeVisibility([
      { receiptHandle: handle, visibilityTimeoutS: toS },
    ]);
    this.#compare(verdict(outcome?.ok), verdict(taken));
    if (taken) message.visibleAtMs = this.model.nowMs + toS * 1000;
  }

  #handle(nth: number): Handle {
    const latest = this.#handles.slice(-6);
    const handle = latest[nth % latest.length];
    if (!handle) throw new Error('Nothing was received');
    return handle;
  }
}

const verdict = (ok: boolean | undefined): string => (ok ? 'done' : 'refused');

const bodies = (messages: readonly { readonly body: string }[]): string =>
  messages.map(({ body }) => body).join();

const inWords = ({ Body: body, Attributes: attributes }: BrokerMessage): string =>
  `${body}, receive ${attributes?.['ApproximateReceiveCount']}`;

describe.each([
  ['standard', false],
  ['FIFO', true],
])('a %s queue in memory, whatever is done to it,', (_kind, fifo) => {
  it('receives, deletes, releases, deduplicates and dead-letters as its model does', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const pair = new Pair(fifo);
        for (const one of all) {
          await pair.take(one);
          pair.compare();
        }
        expect(pair.said).toEqual(pair.expected);
      }),
      { numRuns: 400 },
    );
  });

  it('loses no message: what is not deleted is received until it is dead-lettered', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const pair = new Pair(fifo);
        for (const one of all) await pair.take(one);
        const before = [...pair.model.kept, ...pair.model.deadLetters].length;
        for (let round = 0; round <= MAX_RECEIVES; round += 1) {
          await pair.pass(60);
          while ((await pair.receive(10)) > 0);
        }
        expect([pair.queue, pair.dead].map(({ messages }) => messages.length)).toEqual([0, before]);
      }),
    );
  });
});

describe('a FIFO queue in memory', () => {
  it('has the messages of a group deleted in their order by consumers that stop at a failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2), { maxLength: 30 }), fc.nat(), async (groups, seed) => {
        const random = seeded(seed);
        const clock = new FakeClock(0);
        const queue = new MemoryQueue({ clock, attributes: { FifoQueue: 'true' } });
        groups.forEach((group, n) =>
          queue.put({ body: `${n}`, attributes: {}, group: `g${group}`, deduplicationId: `${n}` }),
        );
        const deleted = new Map<string, number[]>();
        while (queue.messages.length > 0) {
          const failed = new Set<string>();
          const request = { maxMessages: 10, waitTimeS: 0, visibilityTimeoutS: LEASE_S };
          for (const message of await queue.receive(request)) {
            const group = message.Attributes?.['MessageGroupId'] ?? '';
            if (random() < 0.3) failed.add(group);
            if (failed.has(group)) continue;
            await queue.delete([message.ReceiptHandle ?? '']);
            deleted.set(group, [...(deleted.get(group) ?? []), Number(message.Body)]);
          }
          await clock.advance(LEASE_S * 1000);
        }
        for (const order of deleted.values())
          expect(order).toEqual(order.toSorted((one, other) => one - other));
      }),
    );
  });
});

describe('an unreliable queue in memory', () => {
  it('has each message received, once or twice, in an order of its own', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(20), fc.nat(), async (count, seed) => {
        const clock = new FakeClock(0);
        const unreliable = { random: seeded(seed), duplicated: 0.4, overtaken: 0.4 };
        const queue = new MemoryQueue({ clock, unreliable });
        const times = Array.from({ length: count }, () => 0);
        times.forEach((_none, n) => queue.put({ body: `${n}`, attributes: {} }));
        while (queue.messages.length > 0) {
          const request = { maxMessages: 10, waitTimeS: 0, visibilityTimeoutS: LEASE_S };
          for (const { Body: body, ReceiptHandle: handle = '' } of await queue.receive(request)) {
            times[Number(body)] = (times[Number(body)] ?? 0) + 1;
            await queue.delete([handle]);
          }
          await clock.advance(100);
        }
        expect(times.filter((one) => one !== 1 && one !== 2)).toEqual([]);
      }),
    );
  });
});
