export { bindTopology, type ProvisionMode, type TopologyClients } from './bind-topology.js';
export {
  BoundTopology,
  type BoundBroadcast,
  type BoundQueue,
  type Destination,
} from './bound-topology.js';
export { defineTopology, mergeTopologies } from './define-topology.js';
export * from './export/index.js';
export type {
  DeadLetterDeclaration,
  FifoFailurePolicy,
  FilterPolicyScope,
  KmsEncryption,
  QueueDeclaration,
  QueueEncryption,
  QueueKmsEncryption,
  RouteDeclaration,
  SubscriptionDeclaration,
  Tags,
  TopicDeclaration,
  TopicEncryption,
  Topology,
} from './topology.js';
