import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DocumentStore } from './document-store.js';
import type { MongooseStoreOptions } from './mongoose/mongoose.store.js';
import type { NedbStoreOptions } from './nedb/nedb.store.js';

/** Where documents are kept. */
export type PersistenceOptions =
  | ({ readonly kind: 'mongodb' } & MongooseStoreOptions)
  | ({ readonly kind: 'embedded' } & NedbStoreOptions);

export interface PersistenceAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (
    ...dependencies: never[]
  ) => PersistenceOptions | Promise<PersistenceOptions>;
}

/**
 * The store the options ask for. Nothing is connected or read yet. Only the
 * chosen adapter is loaded: mongoose alone would take a third of the start.
 */
export async function createDocumentStore(options: PersistenceOptions): Promise<DocumentStore> {
  if (options.kind === 'mongodb') {
    const { MongooseStore } = await import('./mongoose/mongoose.store.js');
    return new MongooseStore(options);
  }
  const { NedbStore } = await import('./nedb/nedb.store.js');
  return new NedbStore(options);
}

/**
 * Provides the DocumentStore everywhere, and closes it after everything else: queues
 * drain in earlier shutdown hooks, and their handlers still write.
 *
 * @example
 * PersistenceModule.forRootAsync({
 *   inject: [SETTINGS],
 *   useFactory: ({ mongodbUri }: Settings) => ({ kind: 'mongodb', uri: mongodbUri }),
 * });
 */
@Global()
@Module({})
export class PersistenceModule implements OnApplicationShutdown {
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

  async onApplicationShutdown(): Promise<void> {
    await this.#store.close();
  }
}
