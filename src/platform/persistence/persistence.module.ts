import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DocumentStore } from './document-store.js';
import type { MongooseStoreOptions } from './mongoose/mongoose.store.js';
import type { SqliteStoreOptions } from './sqlite/sqlite.store.js';

/** Where documents are kept. */
export type PersistenceOptions =
  | ({ readonly kind: 'mongodb' } & MongooseStoreOptions)
  | ({ readonly kind: 'embedded' } & SqliteStoreOptions);

export interface PersistenceAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (
    ...dependencies: never[]
  ) => PersistenceOptions | Promise<PersistenceOptions>;
}

/**
 * Creates the store that the options name, without connecting or reading. Only the chosen adapter is loaded: mongoose
 * alone would take a third of the start.
 */
export async function createDocumentStore(options: PersistenceOptions): Promise<DocumentStore> {
  if (options.kind === 'mongodb') {
    const { MongooseStore } = await import('./mongoose/mongoose.store.js');
    return new MongooseStore(options);
  }
  const { SqliteStore } = await import('./sqlite/sqlite.store.js');
  return new SqliteStore(options);
}

/**
 * Provides the DocumentStore everywhere. Opens it at start, with the indexes of every collection that a constructor has
 * requested. Closes it last: queues drain in earlier shutdown hooks, and their handlers still write.
 *
 * @example
 * PersistenceModule.forRootAsync({
 *   inject: [SETTINGS],
 *   useFactory: ({ mongodbUri }: Settings) => ({ kind: 'mongodb', uri: mongodbUri }),
 * });
 */
@Global()
@Module({})
export class PersistenceModule implements OnModuleInit, OnApplicationShutdown {
  readonly #store: DocumentStore;

  constructor(@Inject(DocumentStore) store: DocumentStore) {
    this.#store = store;
  }

  static forRoot(options: PersistenceOptions): DynamicModule {
    return PersistenceModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: PersistenceAsyncOptions): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    const store: FactoryProvider = {
      provide: DocumentStore,
      inject,
      useFactory: async (...dependencies: never[]) =>
        createDocumentStore(await useFactory(...dependencies)),
    };
    return { module: PersistenceModule, imports, providers: [store], exports: [DocumentStore] };
  }

  async onModuleInit(): Promise<void> {
    await this.#store.open();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#store.close();
  }
}
