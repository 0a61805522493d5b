export { defineTopology, mergeTopologies } from '../declare/define-topology.js';
export type * from '../declare/topology.js';
export * from '../export/index.js';
export type { ProvisionMode } from '../provision/bind-topology.js';
export type { ResourceKind, TopologyChange } from '../provision/topology-change.js';
export { planTopology, TopologyPlan, type TopologyClients } from '../provision/topology-plan.js';
