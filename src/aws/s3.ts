import { S3Client } from '@aws-sdk/client-s3';

import { provideBuilders } from './client-builders.js';

/** Has `AwsClients` build the client of the copy of the package that is loaded already, as the commands of a caller are of it. */
export const useS3Package = (): void => provideBuilders({ s3: (config) => new S3Client(config) });
