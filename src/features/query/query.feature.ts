import type { Feature } from '../../messaging/index.js';
import { athenaPermissions } from './athena/athena.permissions.js';
import { QueryModule } from './query.module.js';
import { querySettings } from './query.settings.js';
import { queryQueue, queryTopology } from './query.topology.js';

/** SQL over DuckDB or Athena, by Commands. */
export const queryFeature: Feature = {
  name: 'query',
  module: (settings) => QueryModule.forRoot(settings),
  topology: (settings) => queryTopology(settings.messaging.topicPrefix, querySettings.of(settings)),
  roles: {
    query: (settings) =>
      querySettings.of(settings).engine === 'none'
        ? []
        : [queryQueue(settings.messaging.topicPrefix)],
  },
  settings: querySettings,
  permissions: (settings) => {
    const options = querySettings.of(settings);
    return options.engine === 'athena' ? athenaPermissions(options.athena) : [];
  },
};
