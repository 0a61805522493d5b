import { Global, Module, type DynamicModule } from '@nestjs/common';
import { AwsClients } from '../aws/index.js';
import { useDynamoDbPackage } from '../aws/dynamodb.js';
import { useS3Package } from '../aws/s3.js';
import { MAKE_BUCKET, type MakeBucket } from '../aws/make-bucket.js';
import { SETTINGS, type Settings } from '../platform/config/index.js';

// The service's features use both.
useDynamoDbPackage();
useS3Package();

/** Everything created before the application: settings and a running stack. */
export interface Infrastructure {
  readonly aws: AwsClients;
  /** The embedded stack's folder for documents; undefined: in memory, or MongoDB. */
  readonly documentsDir?: string | undefined;
  /** Of the embedded stack. */
  readonly makeBucket?: MakeBucket | undefined;
}

/** Provides settings and SDK clients everywhere. */
@Global()
@Module({})
export class InfrastructureModule {
  static forRoot(settings: Settings, { aws, makeBucket }: Infrastructure): DynamicModule {
    return {
      module: InfrastructureModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: AwsClients, useValue: aws },
        { provide: MAKE_BUCKET, useValue: makeBucket },
      ],
      exports: [SETTINGS, AwsClients, MAKE_BUCKET],
    };
  }
}
