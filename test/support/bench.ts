import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/transport/clock.js';
import { BriskClock } from './brisk-clock.js';
import { startService, TestStack, type TestService, type TestServiceOptions } from './transport.js';

const inMemory = (clock: Clock): Promise<TestStack> => TestStack.start({ clock });

/** A stack for one file of tests, and services that are closed after each test. */
export class Bench {
  readonly #services = new Set<TestService>();
  readonly #clock: BriskClock | undefined;
  #stack: TestStack | undefined;

  /** @param open A stack of its own time. A broker in memory with brisk time, where it is left out. */
  constructor(open?: () => Promise<TestStack>) {
    const clock = open ? undefined : new BriskClock();
    this.#clock = clock;
    beforeAll(async () => {
      clock?.start();
      this.#stack = await (clock ? inMemory(clock) : open?.());
    });
    afterEach(async () => {
      await Promise.all([...this.#services].map((service) => service.close()));
    });
    afterAll(async () => {
      await this.#stack?.stop();
      clock?.stop();
    });
  }

  get stack(): TestStack {
    if (!this.#stack) throw new Error('The stack is open within tests only');
    return this.#stack;
  }

  /** Resolves when so much time is over, by which visibility timeouts and delays end: at once over a broker in memory. */
  async passes(ms: number): Promise<void> {
    await (this.#clock ? this.#clock.pass(ms) : sleep(ms));
  }

  /** The clock of its services, for servers and clients that a test makes by hand. */
  get time(): { readonly clock?: Clock } {
    return this.#clock ? { clock: this.#clock } : {};
  }

  async start({ server, client, ...options }: TestServiceOptions): Promise<TestService> {
    const started = await startService(this.stack, {
      ...options,
      server: { ...this.time, ...server },
      client: { ...this.time, ...client },
    });
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
