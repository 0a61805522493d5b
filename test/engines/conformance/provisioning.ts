import type { AwsClients } from '../../../src/aws/index.js';
import { brokerOf } from '../../../src/transport/broker/broker-of.js';
import type { Topology } from '../../../src/transport/index.js';
import { bindTopology } from '../../../src/transport/topology/index.js';

type Calls = Record<string, (...args: unknown[]) => unknown>;

const CHANGES = [
  'create',
  'delete',
  'setAttribute',
  'setAttributes',
  'setSubscriptionAttribute',
  'subscribe',
  'tag',
  'unsubscribe',
];

/** Notes the changes that are asked for, until it is undone. */
function watch(target: object, changes: string[]): () => void {
  const calls = target as Calls;
  const own = CHANGES.filter((name) => name in calls);
  for (const name of own) {
    const call = calls[name]?.bind(target);
    calls[name] = (...args) => {
      changes.push(name);
      return call?.(...args);
    };
  }
  return () => own.forEach((name) => delete calls[name]);
}

/** Ways to bring a topology to an engine, and to see what that took. */
export const provisioning = (aws: () => AwsClients) => ({
  create: (topology: Topology) => bindTopology(topology, aws(), 'create'),
  verify: (topology: Topology) => bindTopology(topology, aws(), 'verify'),

  /** Every change the broker is asked for while `work` runs. */
  changesOf: async (work: () => Promise<unknown>): Promise<string[]> => {
    const { queues, topics } = brokerOf(aws());
    const changes: string[] = [];
    const undo = [queues, topics].map((calls) => watch(calls, changes));
    await work();
    for (const one of undo) one();
    return changes;
  },
});

/** What a binding that fails says. */
export const refusal = (binding: Promise<unknown>): Promise<string> =>
  binding.then(
    () => '',
    (error: Error) => error.message,
  );
