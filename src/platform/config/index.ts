export { childEnvironment } from './child-environment.js';
export {
  areMetadataFields,
  isBucket,
  isEndpoint,
  isLoopback,
  isPlainText,
  isQueue,
  isTable,
  isTopic,
  listOf,
  matches,
  oneOf,
  wholeNumber,
} from './checks.js';
export {
  ConfigurationError,
  missing,
  namingOptions,
  type ConfigurationFault,
} from './configuration.error.js';
export { loadSettings, type DeclaredSettings, type LoadOptions } from './load-settings.js';
export { renderEnvExample } from './env-example.js';
export { SHARED_SETTINGS } from './environment.js';
export { readSettings, type ReadOptions } from './read-settings.js';
export { consumes, namesRole, whereNamed } from './roles.js';
export { Setting, type SettingDescription, type SettingOptions } from './setting.decorator.js';
export {
  defineSettings,
  type SettingsSection,
  type SettingsSectionOptions,
} from './settings-section.js';
export {
  SETTINGS,
  type HttpSettings,
  type IdempotencySettings,
  type LogFormat,
  type LogLevel,
  type LogSettings,
  type MessagingSettings,
  type Provision,
  type Settings,
  type Stack,
} from './settings.js';
