import type { AthenaClient } from '@aws-sdk/client-athena';
import type { AwsClients } from './aws-clients.js';

/** The Athena client, whose package is loaded on first use. @throws if it is not installed. */
export async function athenaClient(aws: AwsClients): Promise<AthenaClient> {
  const athena = await import('@aws-sdk/client-athena');
  return aws.other('athena', (config) => new athena.AthenaClient(config));
}
