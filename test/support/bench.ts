import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { startService, TestStack, type TestService, type TestServiceOptions } from './transport.js';

/** A stack for one file of tests, and services that are closed after each test. */
export class Bench {
  readonly #services = new Set<TestService>();
  #stack: TestStack | undefined;

  /** @param open A broker in memory, where it is left out. */
  constructor(open: () => Promise<TestStack> = () => TestStack.start()) {
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
