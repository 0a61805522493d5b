import { ConfigModule } from '@nestjs/config';
import { loadSettings, type DeclaredSettings } from './load-settings.js';
import type { Settings } from './settings.js';

export interface ReadOptions extends DeclaredSettings {
  /** Default: `.env` in the working directory. */
  readonly envFile?: string;
  /** What counts where neither environment nor file says anything, for programs with ways of their own. */
  readonly defaults?: NodeJS.ProcessEnv;
  /** What counts whatever the environment and the file say, such as options of a command line. */
  readonly overrides?: NodeJS.ProcessEnv;
}

/**
 * Reads the process's environment and the file `.env` beside it, which the
 * environment wins over. What `.env` says of AWS is put into the environment
 * for the SDK, which finds credentials by itself.
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
