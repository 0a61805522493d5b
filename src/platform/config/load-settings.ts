import { listOf } from './checks.js';
import { ConfigurationError, type ConfigurationFault } from './configuration.error.js';
import { Environment, SHARED_SETTINGS } from './environment.js';
import { likelyTypos } from './likely-typos.js';
import { roleFaults } from './roles.js';
import type { SettingDescription } from './setting.decorator.js';
import type { SettingsSection } from './settings-section.js';
import type { Settings } from './settings.js';
import { sharedMisfits, toSharedSettings } from './shared-settings.js';
import { readWritten } from './written-settings.js';

/** What the features of a service declare about settings. */
export interface DeclaredSettings {
  /** Settings of features. Default: none, the shared settings alone are read. */
  readonly sections?: readonly SettingsSection[];
  /** The roles `WEFT_CONSUME` may name. Default: any. */
  readonly roles?: readonly string[];
  /**
   * Required variables that this program cannot do without. Default: all. A program that opens no documents does not
   * need MONGODB_URI.
   */
  readonly requires?: readonly string[];
}

export interface LoadOptions extends DeclaredSettings {
  /** Whether the log goes to a terminal. Default: whether standard output does. */
  readonly terminal?: boolean;
}

/** While one of these is wrong, missing variables are not reported. */
const DECISIVE = ['WEFT_STACK', 'WEFT_CONSUME'];

/**
 * Makes settings of environment variables.
 *
 * @throws {ConfigurationError} with every fault at once; secrets are not in it
 */
export function loadSettings(
  env: NodeJS.ProcessEnv,
  { sections = [], roles, requires, terminal = process.stdout.isTTY }: LoadOptions = {},
): Settings {
  const { written, faults: wrongValues } = readWritten(Environment, env);
  const settings = toSharedSettings(written, terminal);
  const wrong = [...wrongValues, ...roleFaults(settings, roles)];
  const names = new Set(wrong.map(({ variable }) => variable));
  const undecided = DECISIVE.some((variable) => names.has(variable));
  const faults = [
    ...wrong,
    ...sharedMisfits(written, names),
    ...sections.flatMap((section) => section.faults(env, { settings, written, undecided })),
  ].filter(({ variable, missing }) => !missing || (requires?.includes(variable) ?? true));
  if (faults.length > 0) throw new ConfigurationError(onePerVariable(faults));
  const descriptions = [...SHARED_SETTINGS, ...sections.flatMap((section) => section.descriptions)];
  return {
    ...settings,
    sections: new Map(sections.map((section) => [section, section.read(env, settings)])),
    secrets: secretsIn(env, descriptions),
    likelyTypos: likelyTypos(
      env,
      descriptions.map(({ variable }) => variable),
    ),
  };
}

/** Secrets that the SDK itself reads. */
const SECRETS_OF_AWS = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** Each secret value, each item of a list of them, and each password within an address. */
function secretsIn(
  env: NodeJS.ProcessEnv,
  settings: readonly Pick<SettingDescription, 'variable' | 'secret'>[],
): string[] {
  const ours = settings.filter(({ secret }) => secret).map(({ variable }) => variable);
  const values = [...ours, ...SECRETS_OF_AWS].flatMap((variable) => env[variable]?.trim() || []);
  return values.flatMap((value) => [value, ...listOf(value), ...passwordOf(value)]);
}

function passwordOf(address: string): string[] {
  const password = /^[a-z+]+:\/\/[^:@/]*:([^@/]+)@/i.exec(address)?.[1];
  if (password === undefined) return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/** The first fault of each variable: further ones follow from it or repeat it. */
function onePerVariable(faults: readonly ConfigurationFault[]): ConfigurationFault[] {
  const first = new Map<string, ConfigurationFault>();
  for (const fault of faults) {
    if (!first.has(fault.variable)) first.set(fault.variable, fault);
  }
  return [...first.values()];
}
