import { type Feature, containersSettings } from '../../messaging/index.js';
import { StorageModule } from './storage.module.js';
import { storagePermissions } from './storage.permissions.js';
import { storageQueue, storageTopology } from './storage.topology.js';

/** Objects, by Commands. */
export const storageFeature: Feature = {
  name: 'storage',
  module: () => StorageModule,
  topology: ({ messaging }) => storageTopology(messaging.topicPrefix),
  roles: { storage: ({ messaging }) => [storageQueue(messaging.topicPrefix)] },
  settings: containersSettings,
  permissions: (settings) => storagePermissions(containersSettings.of(settings).containers),
};
