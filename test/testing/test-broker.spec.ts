import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestBroker, type TestBroker } from '../../src/testing/index.js';

let broker: TestBroker;
beforeAll(async () => {
  broker = await startTestBroker();
});
afterAll(() => broker.stop());

const queuesSeenBy = async (accessKeyId: string, secretAccessKey: string): Promise<unknown> => {
  const { region, endpoint = '' } = broker.clientOptions();
  const credentials = { accessKeyId, secretAccessKey };
  const sqs = new SQSClient({ region, endpoint, credentials });
  try {
    return (await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? [];
  } finally {
    sqs.destroy();
  }
};

describe('a test broker', () => {
  it('is reached with the credentials "test" and "test", which a profile or the environment can give', async () => {
    expect(await queuesSeenBy('test', 'test')).toEqual([]);
  });

  it('refuses other credentials, and says which it takes', async () => {
    await expect(queuesSeenBy('another', 'test')).rejects.toThrow(
      /those of a TestBroker are "test" and "test"/,
    );
  });
});
