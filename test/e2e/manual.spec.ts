import { randomUUID } from 'node:crypto';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { ManualConsumer, ManualPublisher } from '../../src/messaging/index.js';
import { Command, Event, Result } from '../../src/protocol/index.js';
import { startWholeService } from '../support/service.js';

let service: RunningService;
let publisher: ManualPublisher;

beforeAll(async () => {
  service = await startWholeService({ WEFT_CONSUME: 'registry' });
  publisher = new ManualPublisher(service.aws);
});
afterAll(() => service.close());

const topic = (name: string): string => `arn:aws:sns:us-east-1:000000000000:pudato-${name}`;

/** Another program's queue on one of the service's topics. */
const consumerOf = async (name: string): Promise<ManualConsumer> => {
  const { sns, sqs } = service.aws;
  const queue = new CreateQueueCommand({ QueueName: `by-hand-${randomUUID().slice(0, 8)}` });
  const { QueueUrl = '' } = await sqs.send(queue);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const Endpoint = Attributes?.QueueArn;
  await sns.send(new SubscribeCommand({ TopicArn: topic(name), Protocol: 'sqs', Endpoint }));
  return new ManualConsumer(service.aws, QueueUrl);
};

describe('a program without Nest', () => {
  it('sends a Command that the service handles, and receives its Result', async () => {
    const results = await consumerOf('results');
    const command = new Command({
      type: 'registry',
      action: 'create_job',
      payload: { pipeline: 'by-hand' },
    });
    expect(await publisher.publishCommand(command, topic('registry-commands'))).not.toBe('');
    const [message] = await results.receive({ maxMessages: 1 });
    expect(message?.result()).toMatchObject({
      status: 'success',
      correlation_id: command.correlation_id,
      data: { pipeline: 'by-hand' },
    });
    expect(() => message?.command()).toThrow('Missing required fields: type, action');
    await results.delete(message ?? { receiptHandle: '' });
    expect(await results.receive({ waitTimeS: 0 })).toEqual([]);
  });

  it('publishes Results and Events as others read them', async () => {
    const [results, events] = [await consumerOf('results'), await consumerOf('events')];
    const result = Result.success({ correlation_id: 'c-1', data: { rows: 1 } });
    await publisher.publishResult(result, topic('results'));
    const [received] = await results.receive();
    expect(received?.result()).toEqual(result);
    const event = new Event({ type: 'by-hand.done', payload: { a: 1 } });
    await publisher.publishEvent(event, topic('events'));
    const [happened] = await events.receive();
    expect(happened?.event()).toEqual(event);
  });
});
