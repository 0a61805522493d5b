import { Global, Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { AwsClients } from '../aws/index.js';
import type { Settings } from '../platform/config/index.js';
import { IDEMPOTENCY_STORE } from '../messaging/index.js';
import { DocumentIdempotencyStore, DocumentStore } from '../platform/persistence/index.js';
import {
  createIdempotencyTable,
  DynamoDbIdempotencyStore,
  verifyIdempotencyTable,
} from '../transport/idempotency/index.js';
import type { IdempotencyStore } from '../transport/idempotency/idempotency.store.js';

/** Provides the store that keeps Commands, Results and other messages from being handled twice. */
@Global()
@Module({})
export class IdempotencyModule {
  /** Without a store in the settings nothing is provided, and every delivery is handled. */
  static forRoot({ idempotency, messaging }: Settings): DynamicModule {
    const { store, tableName } = idempotency;
    const provider: FactoryProvider<IdempotencyStore> =
      tableName === undefined
        ? {
            provide: IDEMPOTENCY_STORE,
            useFactory: (documents: DocumentStore) => new DocumentIdempotencyStore(documents),
            inject: [DocumentStore],
          }
        : {
            provide: IDEMPOTENCY_STORE,
            useFactory: (aws: AwsClients) => openTable(aws, tableName, messaging.provision),
            inject: [AwsClients],
          };
    const providers = store === 'none' ? [] : [provider];
    return { module: IdempotencyModule, providers, exports: providers };
  }
}

async function openTable(
  { dynamodb }: AwsClients,
  tableName: string,
  provision: Settings['messaging']['provision'],
): Promise<IdempotencyStore> {
  if (provision === 'create') await createIdempotencyTable(dynamodb, tableName);
  if (provision === 'verify') await verifyIdempotencyTable(dynamodb, tableName);
  return new DynamoDbIdempotencyStore(dynamodb, tableName);
}
