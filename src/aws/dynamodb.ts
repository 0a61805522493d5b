import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { provideBuilders } from './client-builders.js';

/** Makes `AwsClients` build the client from the loaded copy of the package, which the caller's commands come from. */
export const useDynamoDbPackage = (): void =>
  provideBuilders({ dynamodb: (config) => new DynamoDBClient(config) });
