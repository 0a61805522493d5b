export { bindTopology, type ProvisionMode } from './provision/bind-topology.js';
export {
  BoundTopology,
  type BoundBroadcast,
  type BoundQueue,
  type Destination,
} from './provision/bound-topology.js';
export { planTopology } from './provision/topology-plan.js';
export { defineTopology, mergeTopologies } from './declare/define-topology.js';
export type * from './declare/topology.js';
