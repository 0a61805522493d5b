import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/transport/clock.js';
import { passOf, startBriskStack, timeOf } from './brisk-stack.js';
import { startService, TestStack, type TestService, type TestServiceOptions } from './transport.js';

/** A stack for one file of tests, and services that are closed after each test. */
export class Bench {
  readonly #services = new Set<TestService>();
  #stack: TestStack | undefined;

  /** @param open A broker in memory with brisk time, where it is left out. */
  constructor(open: () => Promise<TestStack> = startBriskStack) {
    beforeAll(async () => {
      this.#stack = await open();
    });
    afterEach(async () => {
      await Promise.all([...this.#services].map((service) => service.close()));
    });
    afterAll(() => this.#stack?.stop());
  }

  get stack(): TestStack {
    if (!this.#stack) throw new Error('The stack is open within tests only');
    return this.#stack;
  }

  /** The clock of its services, for servers and clients that a test makes by hand. */
  get time(): { readonly clock?: Clock } {
    return timeOf(this.stack);
  }

  /** Resolves when so much time is over, by which visibility timeouts and delays end: at once over a broker in memory. */
  async passes(ms: number): Promise<void> {
    if (!(await passOf(this.stack, ms))) await sleep(ms);
  }

  async start(options: TestServiceOptions): Promise<TestService> {
    const started = await startService(this.stack, options);
    const service: TestService = {
      ...started,
      close: () => {
        this.#services.delete(service);
        return started.close();
      },
    };
    this.#services.add(service);
    return service;
  }
}
