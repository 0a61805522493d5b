import { createHash, randomUUID } from 'node:crypto';
import { EMBEDDED_REGION, LOOPBACK } from '../src/platform/embedded/embedded.constants.js';
import { loadFauxqs, type SqsStore } from '../src/platform/embedded/fauxqs.js';
import { BENCH_PATTERN } from './order.js';

/** Messages to put on a queue, as it gets empty. */
export interface Supply {
  readonly queueUrl: string;
  readonly body: string;
  readonly messages: number;
  /** FIFO groups they go to in turn; 0 for a standard queue. */
  readonly groups: number;
}

type Queue = NonNullable<ReturnType<SqsStore['getQueue']>>;

/** fauxqs shifts messages off an array, which costs more the longer it is. */
const MAX_READY = 10_000;
const TOP_UP_MS = 5;

// The emulator has a process of its own, so that its CPU is nobody else's. It fills queues itself: nobody
// waits for messages that are sent one by one first.
const { buildApp, SqsStore: Sqs, SnsStore: Sns, S3Store: S3 } = await loadFauxqs();
const stores = { sqsStore: new Sqs(), snsStore: new Sns(), s3Store: new S3() };
stores.sqsStore.host = '';
const app = buildApp({ logger: false, defaultRegion: EMBEDDED_REGION, stores });
const endpoint = await app.listen({ port: 0, host: LOOPBACK });

process.on('message', (supply: Supply) => {
  const queue = stores.sqsStore.getQueue(supply.queueUrl);
  if (!queue) throw new Error(`No queue ${supply.queueUrl}`);
  keepFilled(queue, supply);
});
process.once('disconnect', () => process.exit(0));
// The emulator alone is measured, without the gate of the embedded stack: nobody checks these.
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
process.send?.({ endpoint, region: EMBEDDED_REGION, credentials });

function keepFilled(queue: Queue, { queueUrl, body, messages, groups }: Supply): void {
  const md5OfBody = createHash('md5').update(body).digest('hex');
  const messageAttributes = { pattern: { DataType: 'String', StringValue: BENCH_PATTERN } };
  let left = messages;
  const topUp = (): void => {
    const ready = Number(
      queue.getAllAttributes(['ApproximateNumberOfMessages'])['ApproximateNumberOfMessages'],
    );
    for (let room = Math.min(left, MAX_READY - ready); room > 0; room -= 1) {
      left -= 1;
      queue.enqueue({
        messageId: randomUUID(),
        body,
        md5OfBody,
        messageAttributes,
        md5OfMessageAttributes: '',
        sentTimestamp: Date.now(),
        approximateReceiveCount: 0,
        ...(groups > 0 && {
          messageGroupId: `group-${left % groups}`,
          messageDeduplicationId: randomUUID(),
          sequenceNumber: queue.nextSequenceNumber(),
        }),
      });
    }
    const gone = stores.sqsStore.getQueue(queueUrl) === undefined;
    if (left === 0 || gone) clearInterval(timer);
  };
  const timer = setInterval(topUp, TOP_UP_MS);
  topUp();
}
