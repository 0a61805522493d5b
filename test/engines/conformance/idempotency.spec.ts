import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { describe, expect } from '@jest/globals';
import { HandlerName, OnEvent, SnsSqsContext } from '../../../src/transport/index.js';
import { shows } from '../engine.js';
import { AT_ONCE, Bench, body, deadLetters, jobs, withStore, worker } from './harness.js';

const bench = new Bench();

describe('Idempotency', () => {
  shows('only the handlers that failed run again, of several on one pattern', [], async () => {
    const { topology, queue } = jobs();
    const flaky = worker(({ receiveCount }) => {
      if (receiveCount === 1) throw new Error('fails once');
    });
    const sound = worker();
    HandlerName('Sound')(sound.Worker);
    await bench.start({
      topology,
      controllers: [flaky.Worker, sound.Worker],
      server: withStore(),
    });
    await bench.stack.put(queue, body());
    await flaky.attempted(2);
    await bench.stack.emptied(queue);
    expect([flaky.attempts.length, sound.attempts.length]).toEqual([2, 1]);
  });

  shows(
    'a message that is on the queue twice is handled once, and both are deleted',
    [],
    async () => {
      const { topology, queue } = jobs();
      const { Worker, attempts, attempted } = worker();
      await bench.start({ topology, controllers: [Worker], server: withStore() });
      const twice = body();
      await Promise.all([bench.stack.put(queue, twice), bench.stack.put(queue, twice)]);
      await attempted(1);
      await bench.stack.emptied(queue);
      expect(attempts).toHaveLength(1);
    },
  );

  shows(
    'work of a process that stopped in the middle is taken over when its message is redelivered',
    [],
    async () => {
      const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
      const never = worker(() => new Promise(() => undefined));
      const server = { ...withStore(), drainTimeoutMs: 50 };
      const first = await bench.start({ topology, controllers: [never.Worker], server });
      await bench.stack.put(queue, body());
      await never.attempted(1);
      await first.close();
      const second = worker();
      await bench.start({ topology, controllers: [second.Worker], server });
      await second.attempted(1);
      await bench.stack.emptied(queue);
      expect(second.attempts).toHaveLength(1);
      expect(await bench.stack.depth(deadLetters(queue))).toEqual({ visible: 0, inFlight: 0 });
    },
  );

  for (const [what, server, expected] of [
    ['without a store', AT_ONCE, { handled: 100, runs: 130, repeated: 0 }],
    ['with a store', withStore(), { handled: 100, runs: 110, repeated: 20 }],
  ] as const)
    shows(
      `of 100 messages, every fifth sent twice, one in ten failing once, ${what}: ${expected.runs} runs`,
      [],
      async () => {
        const { topology, queue } = jobs({ visibilityTimeoutS: 30 });
        const runs: number[] = [];
        @Controller()
        class Worker {
          @OnEvent('job.run')
          run(@Payload() { n }: { n: number }, @Ctx() { receiveCount }: SnsSqsContext): void {
            runs.push(n);
            if (n % 10 === 1 && receiveCount === 1) throw new Error('fails once');
          }
        }
        let repeated = 0;
        const observer = { repeated: () => void (repeated += 1) };
        await bench.start({ topology, controllers: [Worker], server: { ...server, observer } });
        const messages = Array.from({ length: 100 }, (_, n) => body({ n }));
        const copies = messages.filter((_, n) => n % 5 === 0);
        await Promise.all(messages.map((text) => bench.stack.put(queue, text)));
        await bench.stack.emptied(queue);
        await Promise.all(copies.map((text) => bench.stack.put(queue, text)));
        await bench.stack.emptied(queue);
        expect({ handled: new Set(runs).size, runs: runs.length, repeated }).toEqual(expected);
      },
    );
});
