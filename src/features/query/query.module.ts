import { dirname } from 'node:path';
import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { AwsClients } from '../../aws/index.js';
import { makeFolder } from '../../common/make-folder.js';
import { MAKE_BUCKET, type MakeBucket } from '../../aws/make-bucket.js';
import {
  Containers,
  containersSettings,
  databaseLease,
  QUERY_DATABASE,
  type QueryDatabase,
} from '../../messaging/index.js';
import { consumes, SETTINGS, type Settings } from '../../platform/config/index.js';
import { checkInstalled } from './engine-package.js';
import { DuckDbEngine } from './duckdb/duckdb.engine.js';
import { QueryController } from './query.controller.js';
import { QUERY_ENGINE, type QueryEngine } from './query.engine.js';
import type { QueryOptions } from './query.options.js';
import { QueryService } from './query.service.js';
import { querySettings } from './query.settings.js';
import { Spool } from './spool.js';

type EngineOptions = Exclude<QueryOptions, { engine: 'none' }>;

/** SQL by Commands. Requires `SETTINGS`, `AwsClients` and the messaging module. */
@Module({})
export class QueryModule {
  static forRoot(settings: Settings): DynamicModule {
    const options = querySettings.of(settings);
    if (options.engine === 'none') return { module: QueryModule };
    const engine: FactoryProvider<QueryEngine> = {
      provide: QUERY_ENGINE,
      useFactory: (given: Settings, aws: AwsClients) => engineOf(options, given, aws),
      inject: [SETTINGS, AwsClients],
    };
    const spool: FactoryProvider<Spool> = {
      provide: Spool,
      useFactory: (aws: AwsClients, given: Settings, create?: MakeBucket) =>
        new Spool(aws, { dir: options.spoolDir, containers: containersOf(given, create) }),
      inject: [AwsClients, SETTINGS, { token: MAKE_BUCKET, optional: true }],
    };
    const database: FactoryProvider<QueryDatabase> = {
      provide: QUERY_DATABASE,
      useFactory: ({ defaults }: QueryEngine) => databaseOf(options, defaults),
      inject: [QUERY_ENGINE],
    };
    return {
      module: QueryModule,
      // dbt uses the same database.
      global: true,
      controllers: [QueryController],
      providers: [engine, spool, database, QueryService],
      exports: [QUERY_DATABASE],
    };
  }
}

/** @throws {QueryEngineMissingError} when this process consumes queries and the engine is not installed. */
async function engineOf(
  options: EngineOptions,
  settings: Settings,
  aws: AwsClients,
): Promise<QueryEngine> {
  const { engine, concurrency, timeoutMs } = options;
  if (consumes(settings, 'query')) checkInstalled(engine);
  if (options.engine === 'athena') {
    // Loaded only if used, because it loads the Athena client.
    const { AthenaEngine } = await import('./athena/athena.engine.js');
    return new AthenaEngine(aws, { ...options.athena, timeoutMs });
  }
  return new DuckDbEngine({ ...options.duckdb, concurrency, timeoutMs });
}

function databaseOf(options: EngineOptions, defaults: QueryEngine['defaults']): QueryDatabase {
  // Athena allows concurrent runs, and a database in memory belongs to this process.
  if (options.engine === 'athena' || options.duckdb.path === ':memory:') return { defaults };
  const { path, readOnly } = options.duckdb;
  // dbt may run before the first query, and creates no folder.
  if (!readOnly) makeFolder(dirname(path));
  return { defaults, lease: databaseLease(path) };
}

const containersOf = (settings: Settings, create: MakeBucket | undefined): Containers =>
  new Containers({
    allowed: containersSettings.of(settings).containers,
    payloadBucket: settings.messaging.payloadBucket,
    create,
  });
