import { ConfigModule } from '@nestjs/config';
import { loadSettings } from './load-settings.js';
import type { Settings } from './settings.js';

/**
 * Reads the process's environment and the file `.env` beside it, which the
 * environment wins over. What `.env` says of AWS is put into the environment
 * for the SDK, which finds credentials by itself.
 *
 * @param envFile default `.env` in the working directory
 * @throws {ConfigurationError} with every fault at once; secrets are not in it
 */
export async function readSettings(envFile?: string): Promise<Settings> {
  const { promise, resolve, reject } = Promise.withResolvers<Settings>();
  await ConfigModule.forRoot({
    ...(envFile === undefined ? {} : { envFilePath: envFile }),
    validate(env) {
      resolve(loadSettings(env));
      return env;
    },
  }).catch(reject);
  return promise;
}
