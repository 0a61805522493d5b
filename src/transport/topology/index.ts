export {
  bindTopology,
  type ProvisionMode,
  type TopologyClients,
} from './provision/bind-topology.js';
export {
  BoundTopology,
  type BoundBroadcast,
  type BoundQueue,
  type Destination,
} from './provision/bound-topology.js';
export { defineTopology, mergeTopologies } from './declare/define-topology.js';
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
} from './declare/topology.js';
