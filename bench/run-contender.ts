import { CASES } from './cases.js';
import type { Course } from './contender.js';

/** What one run of one contender cost. */
export interface Measured {
  readonly cpuUsPerMessage: number;
  readonly messagesPerSecond: number;
  readonly callsPer1000: number;
}

export interface Assignment extends Omit<Course, 'done' | 'called'> {
  readonly caseName: string;
  readonly contender: string;
  /** Messages before the clock starts. */
  readonly warmUp: number;
}

// The process of one contender: told what to do by its parent, it answers with what it measured.
process.once('message', (assignment: Assignment) => void run(assignment));

async function run({ caseName, contender: name, warmUp, ...course }: Assignment): Promise<void> {
  const contender = CASES.find((one) => one.name === caseName)?.contenders.find(
    (one) => one.name === name,
  );
  if (!contender) throw new Error(`No contender ${name} in ${caseName}`);
  const meter = new Meter(warmUp, course.messages);
  const running = await contender.start({
    ...course,
    done: () => meter.done(),
    called: () => meter.called(),
  });
  process.send?.(await meter.measured);
  await running.stop();
  process.exit(0);
}

class Meter {
  readonly measured: Promise<Measured>;
  readonly #resolve: (measured: Measured) => void;
  #count = 0;
  #calls = 0;
  #cpu = process.cpuUsage();
  #startedMs = performance.now();

  constructor(
    private readonly warmUp: number,
    private readonly messages: number,
  ) {
    const { promise, resolve } = Promise.withResolvers<Measured>();
    this.measured = promise;
    this.#resolve = resolve;
  }

  called(): void {
    this.#calls += 1;
  }

  done(): void {
    this.#count += 1;
    if (this.#count === this.warmUp) this.#start();
    else if (this.#count === this.messages) this.#end();
  }

  #start(): void {
    this.#calls = 0;
    this.#cpu = process.cpuUsage();
    this.#startedMs = performance.now();
  }

  #end(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const count = this.messages - this.warmUp;
    this.#resolve({
      cpuUsPerMessage: (user + system) / count,
      messagesPerSecond: (count * 1000) / (performance.now() - this.#startedMs),
      callsPer1000: (this.#calls * 1000) / count,
    });
  }
}
