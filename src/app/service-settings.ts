import {
  loadSettings,
  readSettings,
  SHARED_SETTINGS,
  type DeclaredSettings,
  type LoadOptions,
  type ReadOptions,
  type SettingDescription,
  type Settings,
} from '../platform/config/index.js';
import { FEATURES } from './features.js';

/** The settings that the features of the service declare. */
export const DECLARED_SETTINGS: Required<Pick<DeclaredSettings, 'sections' | 'roles'>> = {
  sections: FEATURES.flatMap(({ settings }) => settings ?? []),
  roles: FEATURES.flatMap(({ roles = {} }) => Object.keys(roles)),
};

/** Every setting of the service, the shared ones first. */
export const SETTING_DESCRIPTIONS: readonly SettingDescription[] = [
  ...SHARED_SETTINGS,
  ...DECLARED_SETTINGS.sections.flatMap(({ descriptions }) => descriptions),
];

/**
 * Makes the settings of the whole service of environment variables.
 *
 * @throws {ConfigurationError} with every fault at once; secrets are not in it
 */
export const loadServiceSettings = (
  env: NodeJS.ProcessEnv,
  options: Pick<LoadOptions, 'terminal' | 'requires'> = {},
): Settings => loadSettings(env, { ...DECLARED_SETTINGS, ...options });

/**
 * Reads the settings of the whole service from the environment and `.env`, as `readSettings` does.
 *
 * @throws {ConfigurationError} with every fault at once; secrets are not in it
 */
export const readServiceSettings = (
  options: Pick<ReadOptions, 'envFile' | 'defaults' | 'overrides' | 'requires'> = {},
): Promise<Settings> => readSettings({ ...DECLARED_SETTINGS, ...options });
