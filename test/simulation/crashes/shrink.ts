import type { Plan } from './plan.js';
import { run, type Ending } from './run.js';

const without = <T>(list: readonly T[], index: number): T[] =>
  list.filter((_one, at) => at !== index);

/** Plans that are smaller than this one, each by one thing. */
function* smaller(plan: Plan): Generator<Plan> {
  for (const index of plan.crashes.keys()) yield { ...plan, crashes: without(plan.crashes, index) };
  for (const index of plan.closings.keys())
    yield { ...plan, closings: without(plan.closings, index) };
  for (const trouble of [
    'latencyMs',
    'lostAnswers',
    'throttled',
    'refused',
    'stalled',
    'failing',
    'poison',
    'duplicated',
    'overtaken',
  ] as const)
    if (plan[trouble] > 0) yield { ...plan, [trouble]: 0 };
  if (plan.outageAtMs !== undefined) yield { ...plan, outageAtMs: undefined };
  if (plan.clockSet) yield { ...plan, clockSet: undefined };
  if (plan.processes > 1) yield { ...plan, processes: plan.processes - 1 };
  if (plan.requests > 0) yield { ...plan, requests: 0 };
  if (plan.orders > 1) yield { ...plan, orders: Math.ceil(plan.orders / 2) };
  if (plan.orders > 1) yield { ...plan, orders: plan.orders - 1 };
}

/** The smallest plan that it comes to by taking away one thing after the other, and that still fails; with its history. */
export async function shrink(
  plan: Plan,
): Promise<{ readonly plan: Plan; readonly ending: Ending }> {
  let smallest = plan;
  for (let found: Plan | undefined = plan; found;) {
    smallest = found;
    found = undefined;
    for (const one of smaller(smallest)) {
      if ((await run(one)).faults.length === 0) continue;
      found = one;
      break;
    }
  }
  return { plan: smallest, ending: await run(smallest, { keeps: 'history' }) };
}
