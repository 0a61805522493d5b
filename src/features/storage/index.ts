export * from './storage.constants.js';
export * from './storage.dto.js';
export { storageFeature } from './storage.feature.js';
export { StorageModule } from './storage.module.js';
export { StorageService, type StoredObject } from './storage.service.js';
export { storageTopology } from './storage.topology.js';
