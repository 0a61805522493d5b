import { afterAll, describe, expect, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { faults, type Fault } from '../../../src/testing/index.js';
import { record, type SnsSqsServerOptions } from '../../../src/transport/index.js';
import { Ledger } from '../../faults/ledger.js';
import { Child } from '../../faults/processes.js';
import { publish } from '../../faults/publish.js';
import { seeded } from '../../support/seeded.js';
import { MemoryIdempotencyStore } from '../../../src/transport/index.js';
import { waitFor } from '../../support/wait.js';
import { clientOptions, engineName, shows } from '../engine.js';
import { Bench, fifoJobs, jobs, worker, type Jobs } from './harness.js';

const bench = new Bench();

/** `WEFT_ROUNDS=20` runs them as often as docs/reliability.md says, and prints what it found. */
const ROUNDS = Number(process.env['WEFT_ROUNDS'] ?? 2);
const PATIENCE_MS = 120_000;
jest.setTimeout(300_000 + ROUNDS * 10_000);
const GROUPS = 16;
/** Far shorter than a lease together; counted, because a process that stood still has not looked. */
const LOOKS = 30;
const LOOK_INTERVAL_MS = 100;

const found: string[] = [];
const note = (what: string, counts: object): void =>
  void found.push(`${engineName}: ${what}: ${JSON.stringify(counts)}`);
afterAll(() => {
  if (process.env['WEFT_ROUNDS']) process.stderr.write(`${found.join('\n')}\n`);
});

const jobOf = (data: unknown): number => (data as { job: number }).job;

/** Sends jobs in bursts until it is stopped. */
function bursts(client: Awaited<ReturnType<Bench['start']>>['client'], fifo: boolean) {
  const sent = new Set<number>();
  let stopped = false;
  const sending = (async () => {
    while (!stopped) {
      const burst = Array.from({ length: 40 }, async () => {
        const job = sent.size;
        sent.add(job);
        const data = fifo
          ? record({ job })
              .withGroup(`g${job % GROUPS}`)
              .build()
          : { job };
        await client.emit('job.run', data).toPromise();
      });
      await Promise.all(burst);
      await sleep(50);
    }
  })();
  const stop = async (): Promise<number> => {
    stopped = true;
    await sending;
    return sent.size;
  };
  return { stop };
}

/** Resolves when all jobs that were sent are handled; rejects when none was for a while, however long all of them take. */
async function allHandled(handled: () => number, sent: number): Promise<void> {
  for (let count = handled(); count < sent; count = handled())
    await waitFor(`more than ${count} of ${sent} jobs to be handled`, handled, {
      until: (now) => now > count,
      timeoutMs: PATIENCE_MS,
    });
}

/** What is still invisible when engines have looked whose time is over: LocalStack does once a second. */
async function leftInvisible(queue: string): Promise<number> {
  for (let look = 1; ; look += 1) {
    const { inFlight } = await bench.stack.depth(queue);
    if (inFlight === 0 || look === LOOKS) return inFlight;
    await sleep(LOOK_INTERVAL_MS);
  }
}

describe('Leases', () => {
  for (const fifo of [false, true]) {
    const kind = fifo ? 'FIFO' : 'standard';
    shows(
      `closed in bursts, a ${kind} queue has nothing left invisible, and nothing dead-lettered`,
      [],
      async () => {
        const declaration = { visibilityTimeoutS: 30, deadLetter: { maxReceiveCount: 5 } };
        const { topology, queue }: Jobs = fifo ? fifoJobs(declaration) : jobs(declaration);
        const { Worker, attempts } = worker(() => sleep(5));
        const random = seeded(ROUNDS);
        const { client } = await bench.start({ topology, server: { consume: [] } });
        const sending = bursts(client, fifo);
        const invisible: number[] = [];
        const server: Partial<SnsSqsServerOptions> = { provision: 'off', concurrency: 80 };
        for (let round = 0; round < ROUNDS; round += 1) {
          const consumer = await bench.start({ topology, controllers: [Worker], server });
          await sleep(200 + random() * 400);
          await consumer.server.close();
          invisible.push(await leftInvisible(queue));
        }
        const sent = await sending.stop();
        await bench.start({ topology, controllers: [Worker], server });
        const handled = (): number => new Set(attempts.map(({ data }) => jobOf(data))).size;
        await allHandled(handled, sent);
        await bench.stack.emptied(queue, PATIENCE_MS);
        const dead = await bench.stack.depth(
          fifo ? queue.replace('.fifo', '-dlq.fifo') : `${queue}-dlq`,
        );
        note(`${ROUNDS} SIGTERMs in bursts, ${kind}`, {
          sent,
          invisible: invisible.reduce((sum, count) => sum + count, 0),
          deadLettered: dead.visible,
          again: attempts.length - sent,
        });
        expect({ invisible, dead }).toEqual({
          invisible: Array.from({ length: ROUNDS }, () => 0),
          dead: { visible: 0, inFlight: 0 },
        });
      },
    );
  }

  for (const store of [false, true]) {
    shows(
      `a process that stood still for twice its lease begins nothing another one has handled (store: ${store})`,
      ['standsApart'],
      async () => {
        // A starved engine that takes as long to answer gives no lease that could be used.
        const visibilityTimeoutS = 6;
        const { topology, queue } = jobs({ visibilityTimeoutS });
        const { client } = await bench.start({ topology, server: { consume: [] } });
        const ledger = new Ledger();
        const remembered = new MemoryIdempotencyStore();
        const children = [new Child(ledger, remembered), new Child(ledger, remembered)];
        const task = {
          role: 'consumer',
          aws: clientOptions(),
          queue: { name: queue, visibilityTimeoutS },
          store,
          jobs: [],
        } as const;
        try {
          await Promise.all(children.map((child) => child.start(task)));
          const stops = Math.ceil(ROUNDS / 4);
          let sent = 0;
          for (let stop = 0; stop < stops; stop += 1) {
            const all = Array.from({ length: 300 }, (_, index) => sent + index);
            sent += all.length;
            const publishing = publish([client], all, (job) => ledger.took(job));
            await waitFor('work to be in flight', () => ledger.handled.size, {
              until: (count) => count > sent - 250,
              timeoutMs: PATIENCE_MS,
            });
            children[0]?.signal('SIGSTOP');
            await sleep(2 * visibilityTimeoutS * 1000);
            children[0]?.signal('SIGCONT');
            await publishing;
          }
          await allHandled(() => ledger.handled.size, sent);
          await bench.stack.emptied(queue, PATIENCE_MS);
          const { notOurs, repeats } = ledger;
          note(`${stops} stops for twice the lease, ${store ? 'with' : 'without'} a store`, {
            sent,
            notOurs,
            again: repeats,
          });
          expect(notOurs).toBe(0);
        } finally {
          await Promise.all(children.map((child) => child.end('SIGKILL')));
        }
      },
    );
  }

  const on = ['ChangeMessageVisibilityBatch'];
  const TROUBLES: readonly (readonly [string, (random: () => number) => Fault])[] = [
    ['take up to 3 s', (random) => faults.delay({ maxMs: 3000 }, { on, random })],
    ['stall for 6 s (20 %)', (random) => stalls(random)],
    ['have entries refused (10 %)', (random) => faults.failEntries({ on, share: 0.1, random })],
    ['lose their answers (20 %)', (random) => faults.loseAnswer({ on, share: 0.2, random })],
  ];
  const stalls = (random: () => number): Fault =>
    faults.delay({ minMs: 6000, maxMs: 6000 }, { on, share: 0.2, random });

  for (const [trouble, faultOf] of TROUBLES) {
    shows(
      `FIFO groups keep their order while handlers fail and changes of visibility ${trouble}`,
      ['realTime', 'groupComesBackInOrder'],
      async () => {
        const { topology, queue } = fifoJobs({
          visibilityTimeoutS: 20,
          deadLetter: { maxReceiveCount: 50 },
        });
        const messages = 60 * ROUNDS * 4;
        const ledger = new Ledger(GROUPS);
        const random = seeded(messages);
        const failed = new Set<number>();
        const { Worker } = worker(({ data }) => {
          const job = jobOf(data);
          if (!failed.has(job) && random() < 0.05) {
            failed.add(job);
            throw new Error('not yet');
          }
          ledger.did(job);
        });
        const proxy = await bench.stack.proxy(faultOf(random));
        const { client } = await bench.start({
          topology,
          controllers: [Worker],
          server: { aws: proxy.clientOptions(), concurrency: 80 },
        });
        for (let job = 0; job < messages; job += 1) {
          const data = record({ job })
            .withGroup(`g${job % GROUPS}`)
            .build();
          await client.emit('job.run', data).toPromise();
        }
        await allHandled(() => ledger.handled.size, messages);
        proxy.use();
        await bench.stack.emptied(queue, PATIENCE_MS);
        const { outOfOrder, repeats } = ledger;
        note(`changes of visibility ${trouble}`, {
          messages,
          failed: failed.size,
          outOfOrder,
          again: repeats,
        });
        expect(outOfOrder).toBe(0);
      },
    );
  }
});
