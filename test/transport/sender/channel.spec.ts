import { describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../../src/aws/index.js';
import { awsSend } from '../../../src/transport/broker/aws/aws.send.js';
import { openChannel } from '../../../src/transport/sender/channel.js';

interface SdkClient {
  readonly middlewareStack: {
    add(
      middleware: () => (args: { input: object }) => Promise<object>,
      options: { step: 'initialize'; name: string },
    ): void;
  };
}

/** SDK clients that answer nothing and note what would have gone out. */
function silentClients() {
  const sent: Record<string, unknown>[] = [];
  const aws = new AwsClients({ region: 'us-east-1', endpoint: 'http://127.0.0.1:9' });
  for (const { middlewareStack } of [aws.sqs, aws.sns] as unknown as SdkClient[]) {
    middlewareStack.add(
      () => (args: { input: object }) => {
        const [entry] = Object.values(args.input).filter(Array.isArray).flat() as Record<
          string,
          unknown
        >[];
        sent.push(entry ?? {});
        return Promise.resolve({ output: { Successful: [{ Id: '0' }] }, response: {} });
      },
      { step: 'initialize', name: 'silent' },
    );
  }
  return { aws, sent };
}

describe('a message with a group', () => {
  it.each([
    ['a FIFO queue', 'queue', true, 'm-1'],
    ['a FIFO topic', 'topic', true, 'm-1'],
    ['a standard queue, which shares its consumers among groups', 'queue', false, undefined],
    ['a standard topic', 'topic', false, undefined],
  ] as const)(
    'goes to %s, with a deduplication id on FIFO alone',
    async (_what, kind, fifo, id) => {
      const { aws, sent } = silentClients();
      const channel = openChannel(
        { kind, address: 'arn:aws:sns:us-east-1:1:x', fifo },
        awsSend(aws),
        {
          lingerMs: 0,
        },
      );
      await channel.add({ id: 'm-1', body: '{}', attributes: {}, group: 'customer-7' });
      expect(sent[0]?.['MessageGroupId']).toBe('customer-7');
      expect(sent[0]?.['MessageDeduplicationId']).toBe(id);
      aws.destroy();
    },
  );
});
