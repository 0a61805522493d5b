import { Logger } from '@nestjs/common';

import { brokerOf } from '../../broker/broker-of.js';
import type { QueueDeclaration, Topology } from '../declare/topology.js';
import { boundBroadcast, boundQueue } from './bound-queue.js';
import { BoundTopology } from './bound-topology.js';
import { differs, TopologyPlan, type TopologyClients } from './topology-plan.js';
import { TopologyPlanner } from './topology.planner.js';

/**
 * What happens when AWS differs from the topology. `create` creates and changes topics, queues and subscriptions;
 * `verify` names each difference and fails; `off` only looks up queues and topics, with the attributes that are used. Options left out are never compared or changed.
 * Per-process queues, for replies and broadcasts, are created in every mode.
 */
export type ProvisionMode = 'create' | 'verify' | 'off';

/**
 * Finds a topology's queues and topics, creating or verifying them first.
 *
 * @throws TopologyError naming every difference (`verify`), everything missing (`off`), or everything missing that Weft
 * cannot create (`create`).
 */
export async function bindTopology(
  topology: Topology,
  clients: TopologyClients,
  mode: ProvisionMode,
): Promise<BoundTopology> {
  const broker = brokerOf(clients);
  const planner = new TopologyPlanner(topology, broker, mode !== 'off');
  const plan = new TopologyPlan(broker.region, await planner.plan(), planner);
  plan.refuseProblems();
  if (mode === 'create') await plan.apply();
  else if (plan.differences.length > 0) throw differs(broker.region, plan.differences);
  const logger = new Logger('Topology');
  for (const warning of plan.warnings) logger.warn(warning);
  return bound(topology, planner, logger);
}

/** The bound topology of everything that the plan found or created. */
function bound(topology: Topology, planner: TopologyPlanner, logger: Logger): BoundTopology {
  const { state } = planner;
  const deadLetterUrl = (declaration: QueueDeclaration): string | undefined => {
    const target = planner.target(declaration);
    return target.kind === 'named'
      ? state.queues.get(target.name)?.url
      : state.deadLetterUrls.get(declaration.name);
  };
  const shared = topology.queues.filter(({ broadcast }) => !broadcast);
  const broadcasts = topology.queues.filter(({ broadcast }) => broadcast);
  return new BoundTopology(
    topology,
    shared.map((declaration) =>
      boundQueue(declaration, state, deadLetterUrl(declaration), (warning) => logger.warn(warning)),
    ),
    state,
    broadcasts.map((declaration) =>
      boundBroadcast(declaration, state, planner.target(declaration)),
    ),
  );
}
