import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { provideBuilders } from './client-builders.js';

/** Has `AwsClients` build the client of the copy of the package that is loaded already, as the commands of a caller are of it. */
export const useDynamoDbPackage = (): void =>
  provideBuilders({ dynamodb: (config) => new DynamoDBClient(config) });
