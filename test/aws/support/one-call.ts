import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { AwsClients } from '../../../src/aws/index.js';
import type { Tuning } from './variants.js';

// A process of its own, as proxies are read when a process starts.
const [, , endpoint = '', tuning = ''] = process.argv;
const aws = new AwsClients({
  region: 'eu-central-1',
  endpoint,
  credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
  tuning: JSON.parse(tuning) as Tuning,
});
await aws.sqs.send(new ListQueuesCommand({}));
aws.destroy();
