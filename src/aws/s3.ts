import { S3Client } from '@aws-sdk/client-s3';

import { provideBuilders } from './client-builders.js';

/** Makes `AwsClients` build the client from the loaded copy of the package, which the caller's commands come from. */
export const useS3Package = (): void => provideBuilders({ s3: (config) => new S3Client(config) });
