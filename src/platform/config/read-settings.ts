import { ConfigModule } from '@nestjs/config';
import { loadSettings } from './load-settings.js';
import type { Settings } from './settings.js';

/**
 * Reads the process's environment and the file `.env` beside it, which the
 * environment wins over. What `.env` says of AWS is put into the environment
 * for the SDK, which finds credentials by itself.
 *
 * @param envFile default `.env` in the working directory
 * @param defaults what counts where neither says anything, for programs with ways of their own
 * @throws {ConfigurationError} with every fault at once; secrets are not in it
 */
export async function readSettings(
  envFile?: string,
  defaults: NodeJS.ProcessEnv = {},
): Promise<Settings> {
  const { promise, resolve, reject } = Promise.withResolvers<Settings>();
  await ConfigModule.forRoot({
    ...(envFile === undefined ? {} : { envFilePath: envFile }),
    validate(env) {
      resolve(loadSettings({ ...defaults, ...env }));
      return env;
    },
  }).catch(reject);
  return promise;
}
