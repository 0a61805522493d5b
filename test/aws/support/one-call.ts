import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { AwsClients } from '../../../src/aws/index.js';
import { TUNING, type AwsTuning } from '../../../src/aws/tuned/index.js';

// A process of its own, as proxies are read when a process starts.
const [, , endpoint = '', steps = ''] = process.argv;
const aws = new AwsClients({
  region: 'eu-central-1',
  endpoint,
  credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
  [TUNING]: { steps: JSON.parse(steps) as AwsTuning },
});
await aws.sqs.send(new ListQueuesCommand({}));
aws.destroy();
