import type { Feature } from '../../messaging/index.js';
import { openLineageSettings } from './lineage/openlineage/openlineage.settings.js';
import { RegistryModule } from './registry.module.js';
import { registryQueue, registryTopology, resultsQueue } from './registry.topology.js';

/** Jobs, steps and lineage, through Commands, Results and HTTP. */
export const registryFeature: Feature = {
  name: 'registry',
  module: (settings) => RegistryModule.forRoot(openLineageSettings.of(settings)),
  topology: ({ messaging }) => registryTopology(messaging.topicPrefix),
  settings: openLineageSettings,
  roles: {
    registry: ({ messaging }) => [registryQueue(messaging.topicPrefix)],
    results: ({ messaging }) => [resultsQueue(messaging.topicPrefix)],
  },
};
