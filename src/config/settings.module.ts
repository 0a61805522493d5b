import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import { loadSettings } from './load-settings.js';
import { SETTINGS } from './settings.js';

export interface SettingsModuleOptions {
  /** Read instead of the process's environment and the file `.env`; for tests. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Provides `SETTINGS` everywhere. A fault in the environment rejects
 * `NestFactory.create` with a `ConfigurationError` (`abortOnError: false`).
 *
 * @example
 * imports: [SettingsModule.forRoot()]
 */
@Module({})
export class SettingsModule {
  static forRoot({ env }: SettingsModuleOptions = {}): DynamicModule {
    // Read when the module is made, after @nestjs/config has put `.env` into the environment.
    const weft = registerAs('weft', () => ({ settings: loadSettings(env ?? process.env) }));
    return {
      module: SettingsModule,
      global: true,
      imports: [
        ConfigModule.forRoot({
          load: [weft],
          ...(env === undefined ? {} : { ignoreEnvFile: true, ignoreEnvVars: true }),
        }),
      ],
      providers: [
        {
          provide: SETTINGS,
          inject: [weft.KEY],
          useFactory: ({ settings }: ReturnType<typeof weft>) => settings,
        },
      ],
      exports: [SETTINGS],
    };
  }
}
