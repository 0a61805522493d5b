import { contenderOf } from '../assigned-contender.js';
import { assigned, courseOf, report } from '../assignment.js';
import { Calls } from '../meter.js';

/** What a running contender has done by now. */
export interface Probe {
  readonly handled: number;
  readonly calls: number;
  readonly cpuMs: number;
}

// Runs a contender until SIGTERM, and says what it has done whenever it is asked.
const calls = new Calls();
let handled = 0;
const assignment = await assigned();
const running = await contenderOf(assignment).start(courseOf(assignment, () => (handled += 1)));
const probe = (): Probe => {
  const { user, system } = process.cpuUsage();
  return { handled, calls: calls.count, cpuMs: (user + system) / 1000 };
};
process.on('message', () => process.send?.(probe()));
process.once('SIGTERM', () => void running.stop().then(() => report(probe())));
process.send?.(probe());
