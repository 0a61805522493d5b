import type { Clock } from '../../src/transport/clock.js';
import { TestBroker } from '../../src/testing/index.js';
import { BriskClock } from './brisk-clock.js';

const clocks = new WeakMap<TestBroker, BriskClock>();

/** A broker in memory by brisk time: its visibility timeouts, delays and long polls are soon over. */
export async function startBriskStack(clock = new BriskClock()): Promise<TestBroker> {
  const stack = await TestBroker.start({ clock });
  clocks.set(stack, clock);
  clock.start();
  const stop = stack.stop.bind(stack);
  stack.stop = async () => {
    await stop();
    clock.stop();
  };
  return stack;
}

/** The clock of a brisk stack, for servers and clients that work over it. Over other stacks they go by the machine's. */
export function timeOf(stack: TestBroker): { readonly clock?: Clock } {
  const clock = clocks.get(stack);
  return clock ? { clock } : {};
}

/** Resolves when so much time is over: at once by brisk time. @returns false over a stack that goes by the machine's. */
export async function passOf(stack: TestBroker, ms: number): Promise<boolean> {
  const clock = clocks.get(stack);
  await clock?.pass(ms);
  return clock !== undefined;
}
