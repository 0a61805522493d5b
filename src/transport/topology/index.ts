export { bindTopology, type ProvisionMode } from './provision/bind-topology.js';
export {
  BoundTopology,
  type BoundBroadcast,
  type BoundQueue,
  type Destination,
} from './provision/bound-topology.js';
export type { ResourceKind, TopologyChange } from './provision/topology-change.js';
export { planTopology, TopologyPlan, type TopologyClients } from './provision/topology-plan.js';
export { defineTopology, mergeTopologies } from './declare/define-topology.js';
export type * from './declare/topology.js';
