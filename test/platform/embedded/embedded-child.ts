// Started by embedded-aws.spec.ts as a process of its own, to be killed.
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { AwsClients } from '../../../src/aws/index.js';
import { EmbeddedAws } from '../../../src/platform/embedded/index.js';

const [dataDir = ''] = process.argv.slice(2);
const embedded = await EmbeddedAws.start({ dataDir });
const aws = new AwsClients(embedded.clientOptions());
const { QueueUrl } = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
await aws.s3.send(new CreateBucketCommand({ Bucket: 'box' }));

// Reports each thing AWS took; the parent kills in the middle and counts what it heard of.
for (let n = 0; ; n++) {
  await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `message ${n}` }));
  await aws.s3.send(
    new PutObjectCommand({ Bucket: 'box', Key: `${n}.bin`, Body: Buffer.alloc(50_000, n) }),
  );
  process.stdout.write(`${n}\n`);
}
