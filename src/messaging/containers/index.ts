export {
  Containers,
  EVERY_CONTAINER,
  type AllowedContainers,
  type ContainersOptions,
} from './containers.js';
export { containersSettings } from './containers.settings.js';
export { isContainerName, isKeyPart, isObjectPath, MAX_PATH_BYTES } from './object-names.js';
export { isPreconditionFailed, storageError, unquoted } from './storage.errors.js';
