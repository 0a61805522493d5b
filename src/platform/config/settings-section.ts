import { missing, type ConfigurationFault } from './configuration.error.js';
import { SHARED_SETTINGS, type Environment } from './environment.js';
import { settingsOf, type SettingDescription } from './setting.decorator.js';
import type { Settings } from './settings.js';
import { readWritten } from './written-settings.js';

export interface SettingsSectionOptions<E extends object, T> {
  /** The heading in `.env.example`, such as "Sessions". */
  readonly title: string;
  /** A class whose properties are environment variables, each declared by `@Setting`. */
  readonly environment: new () => E;
  /** Shared settings, which have defaults elsewhere, that this section requires to be set. */
  readonly alsoRequires?: {
    readonly variables: readonly (keyof Environment)[];
    /** Why they are required, as in `required` of `@Setting`; undefined if they are not. */
    readonly where: (settings: Settings) => string | undefined;
  };
  /** Faults of combinations of valid values. Default: none. */
  readonly check?: (written: E, settings: Settings) => readonly ConfigurationFault[];
  /** Makes the feature's options from the checked variables. */
  readonly read: (written: E, settings: Settings) => T;
}

/** The settings of one feature: declared in its folder, read with all others at start. */
export interface SettingsSection<T = unknown> {
  readonly title: string;
  readonly descriptions: readonly SettingDescription[];
  /** Faults of this section, without those that follow from a wrong shared setting. */
  faults(env: NodeJS.ProcessEnv, shared: SharedSettings): readonly ConfigurationFault[];
  read(env: NodeJS.ProcessEnv, settings: Settings): T;
  /** @throws {Error} when the settings were read without this section, which is a mistake in `src/app`. */
  of(settings: Settings): T;
}

/** The usable shared settings, and the faults of the others. */
interface SharedSettings {
  readonly settings: Settings;
  readonly written: Environment;
  /** Whether the stack or the roles are wrong, so that the required variables are not known. */
  readonly undecided: boolean;
}

/**
 * Declares the settings of a feature.
 *
 * @example
 * class BillingEnvironment {
 *   @Setting({
 *     meaning: 'The bank that is asked.',
 *     default: 'none',
 *     accepts: 'an https:// address',
 *     check: isEndpoint,
 *     required: whereNamed('billing'),
 *   })
 *   readonly BANK_URL?: string;
 * }
 * export const billingSettings = defineSettings({
 *   title: 'Billing',
 *   environment: BillingEnvironment,
 *   read: ({ BANK_URL }) => ({ bankUrl: BANK_URL ?? 'none' }),
 * });
 * billingSettings.of(settings).bankUrl;
 */
export function defineSettings<E extends object, T>(
  options: SettingsSectionOptions<E, T>,
): SettingsSection<T> {
  const { title, environment, alsoRequires, check, read } = options;
  const descriptions = settingsOf(environment);
  const sharedRequired = SHARED_SETTINGS.filter(({ variable }) =>
    alsoRequires?.variables.some((name) => name === variable),
  ).map((description) => ({ ...description, required: alsoRequires?.where }));
  const section: SettingsSection<T> = {
    title,
    descriptions,
    faults(env, { settings, written: shared, undecided }) {
      const { written, faults } = readWritten(environment, env);
      const wrong = new Set(faults.map(({ variable }) => variable));
      const others = [
        ...(undecided ? [] : missingOf(descriptions, written, settings)),
        ...(undecided ? [] : missingOf(sharedRequired, shared, settings)),
        ...(check?.(written, settings) ?? []),
      ];
      return [...faults, ...others.filter(({ variable }) => !wrong.has(variable))];
    },
    read: (env, settings) => read(readWritten(environment, env).written, settings),
    of(settings) {
      if (!settings.sections.has(section)) {
        throw new Error(
          `The settings "${title}" were not read. List their feature in src/app/features.ts, and read settings by readServiceSettings.`,
        );
      }
      // Put there by `read` of this very section.
      return settings.sections.get(section) as T;
    },
  };
  return section;
}

interface RequiredSetting extends Pick<SettingDescription, 'variable' | 'accepts'> {
  readonly required?: SettingDescription['required'] | undefined;
}

/** Faults for required variables of this section that are not set. */
function missingOf(
  descriptions: readonly RequiredSetting[],
  written: object,
  settings: Settings,
): ConfigurationFault[] {
  return descriptions.flatMap(({ variable, accepts, required }) => {
    const why = required?.(settings);
    if (why === undefined || Reflect.get(written, variable) !== undefined) return [];
    return [missing(variable, why, `Set it to ${accepts}`)];
  });
}
