import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';

import type {
  SnsSqsClientOptions,
  SnsSqsOptions,
  SnsSqsServerOptions,
} from '../sns-sqs.options.js';

/** What only the server takes. */
export type SnsSqsServerOnlyOptions = Omit<SnsSqsServerOptions, keyof SnsSqsOptions>;

/** What only the client takes. */
export type SnsSqsClientOnlyOptions = Omit<SnsSqsClientOptions, keyof SnsSqsOptions>;

/**
 * Options of `SnsSqsModule.forRoot`.
 *
 * @example
 * SnsSqsModule.forRoot({ topology, aws: { region: 'eu-central-1' }, server: { concurrency: 200 } })
 */
export interface SnsSqsModuleOptions extends SnsSqsOptions {
  /** `consume: []` for a process that only sends, though it has handlers. @defaultValue the server's defaults */
  readonly server?: SnsSqsServerOnlyOptions;
  /** What only the client takes. @defaultValue the client's defaults */
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
  /** Modules that export what is injected. @defaultValue none: global modules are enough */
  readonly imports?: ModuleMetadata['imports'];
  /**
   * Options of the server that need something which sends by the client, such as what `idempotency.onRepeated` calls.
   * They come before those of `useFactory`. @defaultValue none
   */
  readonly server?: Factory<SnsSqsServerOnlyOptions>;
}
