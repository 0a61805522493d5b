import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';

import type {
  SnsSqsClientOptions,
  SnsSqsOptions,
  SnsSqsServerOptions,
} from '../sns-sqs.options.js';

/** Options of the server alone. */
export type SnsSqsServerOnlyOptions = Omit<SnsSqsServerOptions, keyof SnsSqsOptions>;

/** Options of the client alone. */
export type SnsSqsClientOnlyOptions = Omit<SnsSqsClientOptions, keyof SnsSqsOptions>;

/**
 * Options of `SnsSqsModule.forRoot`.
 *
 * @example
 * SnsSqsModule.forRoot({ topology, aws: { region: 'eu-central-1' }, server: { concurrency: 200 } })
 */
export interface SnsSqsModuleOptions extends SnsSqsOptions {
  /**
   * Options of the server alone; `consume: []` makes a process with handlers only send.
   *
   * @defaultValue the server's defaults
   */
  readonly server?: SnsSqsServerOnlyOptions;
  /** Options of the client alone. @defaultValue the client's defaults */
  readonly client?: SnsSqsClientOnlyOptions;
}

type Factory<T> = Pick<FactoryProvider<T>, 'useFactory' | 'inject'>;

/**
 * Options of `SnsSqsModule.forRootAsync`.
 *
 * @example
 * SnsSqsModule.forRootAsync({
 *   inject: [ConfigService],
 *   useFactory: (config: ConfigService) => ({ topology, aws: { region: config.getOrThrow('AWS_REGION') } }),
 * })
 */
export interface SnsSqsModuleAsyncOptions extends Factory<SnsSqsModuleOptions> {
  /** Modules that export the injected providers. @defaultValue none: global modules are enough */
  readonly imports?: ModuleMetadata['imports'];
  /**
   * Options of the server that depend on a provider which uses the client, such as one called by
   * `idempotency.onRepeated`. They take precedence over those of `useFactory`. @defaultValue none
   */
  readonly server?: Factory<SnsSqsServerOnlyOptions>;
}
