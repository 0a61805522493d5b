import type { Feature } from '../../messaging/index.js';
import { RegistryModule } from './registry.module.js';
import { registryQueue, registryTopology, resultsQueue } from './registry.topology.js';

/** Jobs, steps and lineage, by Commands, by everybody's Results, and over HTTP. */
export const registryFeature: Feature = {
  name: 'registry',
  module: () => RegistryModule,
  topology: ({ messaging }) => registryTopology(messaging.topicPrefix),
  roles: {
    registry: ({ messaging }) => [registryQueue(messaging.topicPrefix)],
    results: ({ messaging }) => [resultsQueue(messaging.topicPrefix)],
  },
};
