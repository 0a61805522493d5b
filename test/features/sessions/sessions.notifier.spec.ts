import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createSessions } from './sessions.fixture.js';
import { waitFor } from '../../support/wait.js';

describe('SessionsNotifier', () => {
  const warn = jest.spyOn(Logger.prototype, 'warn');
  beforeEach(() => void warn.mockReset().mockReturnValue(undefined));
  afterEach(() => void warn.mockReset());

  it('groups what goes to FIFO topics and queues by session', async () => {
    const { service, client } = createSessions({
      feedbackTopics: { good: 'good.fifo', bad: 'none', neutral: 'none' },
      metadataQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/metadata.fifo',
    });
    await service.create({ session_id: 's' });
    await service.addFeedback('s', { rating: 'up' });
    await service.updateMetadata('s', { a: 1 });
    expect(client.sent.map(({ group }) => group)).toEqual(['s', 's']);
    expect(client.metadata).toMatchObject([{ metadata: { a: 1 } }]);
  });

  it('does not let the caller wait for AWS, and lets a shutdown wait for it', async () => {
    const { service, client, notifier } = createSessions();
    const aws = new EventEmitter();
    client.answer = () => once(aws, 'answer');
    await service.create({ session_id: 's' });
    await service.updateMetadata('s', { a: 1 });
    let drained = false;
    const draining = notifier.onModuleDestroy().then(() => {
      drained = true;
    });
    await service.get('s');
    expect(drained).toBe(false);
    aws.emit('answer');
    await draining;
    expect(drained).toBe(true);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('secret comment'))],
    [
      'throws',
      () => {
        throw new Error('secret comment');
      },
    ],
  ])('neither fails the caller nor logs what was written when the client %s', async (_, answer) => {
    const { service, client, notifier } = createSessions();
    client.answer = answer;
    await service.create({ session_id: 's' });
    await service.addFeedback('s', { rating: 'down', comment: 'secret comment' });
    await notifier.beforeApplicationShutdown();
    await waitFor(() => warn.mock.calls.length > 0);
    expect(warn.mock.calls).toEqual([
      ['Notification of session s not sent (session.feedback.negative): Error'],
    ]);
    expect((await service.feedbackStats('s')).negative).toBe(1);
  });
});
