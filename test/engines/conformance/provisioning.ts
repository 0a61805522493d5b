import type { Topology } from '../../../src/transport/index.js';
import type { AwsClients } from '../../../src/aws/index.js';
import { bindTopology } from '../../../src/transport/topology/index.js';
import { countCalls } from '../../support/transport.js';

const CHANGES = /^(Create|Set|Subscribe|Unsubscribe|Add|Remove|Delete|Tag|Untag)/;

/** Ways to bring a topology to an engine, and to see what that took. */
export const provisioning = (aws: () => AwsClients) => ({
  create: (topology: Topology) => bindTopology(topology, aws(), 'create'),
  verify: (topology: Topology) => bindTopology(topology, aws(), 'verify'),

  /** Every change the SDK clients ask for while `work` runs. */
  changesOf: async (work: () => Promise<unknown>): Promise<string[]> => {
    const { sqs, sns } = aws();
    const counts = [sqs, sns, aws().snsIn('eu-west-1')].map((client) => countCalls(client));
    await work();
    return counts.flatMap((count) => count.ended()).filter((name) => CHANGES.test(name));
  },
});

/** What a binding that fails says. */
export const refusal = (binding: Promise<unknown>): Promise<string> =>
  binding.then(
    () => '',
    (error: Error) => error.message,
  );
