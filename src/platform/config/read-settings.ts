import { ConfigModule } from '@nestjs/config';
import { loadSettings, type DeclaredSettings } from './load-settings.js';
import type { Settings } from './settings.js';

export interface ReadOptions extends DeclaredSettings {
  /** Default: `.env` in the working directory. */
  readonly envFile?: string;
  /** Values for variables that neither environment nor file sets. */
  readonly defaults?: NodeJS.ProcessEnv;
  /** Values that override environment and file, such as options of a command line. */
  readonly overrides?: NodeJS.ProcessEnv;
}

/**
 * Reads the process's environment and the file `.env`; the environment takes precedence. AWS's own variables in `.env`
 * are copied into the environment, because the SDK looks for credentials there.
 *
 * @throws {ConfigurationError} with every fault at once; secrets are not in it
 */
export async function readSettings({
  envFile,
  defaults = {},
  overrides = {},
  ...declared
}: ReadOptions = {}): Promise<Settings> {
  const { promise, resolve, reject } = Promise.withResolvers<Settings>();
  await ConfigModule.forRoot({
    ...(envFile === undefined ? {} : { envFilePath: envFile }),
    validate(env) {
      resolve(loadSettings({ ...defaults, ...env, ...overrides }, declared));
      return env;
    },
  }).catch(reject);
  return promise;
}
