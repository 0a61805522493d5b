import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { createRequire } from 'node:module';

/** Builds the clients of packages that not every process needs. */
interface Builders {
  s3?: (config: S3ClientConfig) => S3Client;
  dynamodb?: (config: DynamoDBClientConfig) => DynamoDBClient;
}

const builders: Builders = {};

/** For `./s3.js` and `./dynamodb.js`, which load the packages. */
export const provideBuilders = (more: Builders): void => void Object.assign(builders, more);

export const buildS3 = (config: S3ClientConfig): S3Client => {
  if (builders.s3) return builders.s3(config);
  const { S3Client } = load<typeof import('@aws-sdk/client-s3')>('@aws-sdk/client-s3');
  return new S3Client(config);
};

export const buildDynamoDb = (config: DynamoDBClientConfig): DynamoDBClient => {
  if (builders.dynamodb) return builders.dynamodb(config);
  const { DynamoDBClient } = load<typeof import('@aws-sdk/client-dynamodb')>(
    '@aws-sdk/client-dynamodb',
  );
  return new DynamoDBClient(config);
};

/**
 * Loads a package on first use: S3 and DynamoDB are half of the size of the SDK's clients.
 *
 * @throws Error naming the package to install.
 */
function load<T>(name: string): T {
  try {
    return createRequire(import.meta.url)(name) as T;
  } catch (cause) {
    throw new Error(`${name} is required and cannot be loaded. Install it`, { cause });
  }
}
