import type { Feature } from '../../messaging/index.js';
import { StorageModule } from './storage.module.js';
import { storagePermissions } from './storage.permissions.js';
import { storageSettings } from './storage.settings.js';
import { storageQueue, storageTopology } from './storage.topology.js';

/** Objects, by Commands. */
export const storageFeature: Feature = {
  name: 'storage',
  module: () => StorageModule,
  topology: ({ messaging }) => storageTopology(messaging.topicPrefix),
  roles: { storage: ({ messaging }) => [storageQueue(messaging.topicPrefix)] },
  settings: storageSettings,
  permissions: (settings) => storagePermissions(storageSettings.of(settings).containers),
};
