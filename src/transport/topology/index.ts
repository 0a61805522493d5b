export { bindTopology, type ProvisionMode } from './bind-topology.js';
export {
  BoundTopology,
  type BoundBroadcast,
  type BoundQueue,
  type Destination,
} from './bound-topology.js';
export { defineTopology, mergeTopologies } from './define-topology.js';
export type {
  DeadLetterDeclaration,
  FifoFailurePolicy,
  QueueDeclaration,
  RouteDeclaration,
  SubscriptionDeclaration,
  TopicDeclaration,
  Topology,
} from './topology.js';
