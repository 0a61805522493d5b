export { ConfigurationError, type ConfigurationFault } from './configuration.error.js';
export { isLoopback } from './checks.js';
export { readSettings } from './read-settings.js';
export { loadSettings, type LoadOptions } from './load-settings.js';
export {
  SETTINGS,
  type HttpSettings,
  type IdempotencySettings,
  type LogFormat,
  type LogLevel,
  type LogSettings,
  type MessagingSettings,
  type Provision,
  type SessionsSettings,
  type Settings,
  type Stack,
} from './settings.js';
