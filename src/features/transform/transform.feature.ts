import type { Feature } from '../../messaging/index.js';
import { defineTopology } from '../../transport/topology/index.js';
import { TransformModule } from './transform.module.js';
import { transformSettings } from './transform.settings.js';
import { transformQueue, transformTopology } from './transform.topology.js';

/** dbt by Commands, if DBT_PROJECT_DIR names a project. */
export const transformFeature: Feature = {
  name: 'transform',
  module: (settings) => TransformModule.forRoot(transformSettings.of(settings)),
  topology: (settings) =>
    transformSettings.of(settings) === undefined
      ? defineTopology({})
      : transformTopology(settings.messaging.topicPrefix),
  roles: {
    transform: (settings) =>
      transformSettings.of(settings) === undefined
        ? []
        : [transformQueue(settings.messaging.topicPrefix)],
  },
  settings: transformSettings,
};
