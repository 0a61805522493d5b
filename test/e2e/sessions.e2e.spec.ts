import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { DeleteTopicCommand, CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app/app.module.js';
import { appTopology, consumedQueues } from '../../src/app/app.topology.js';
import { loadServiceSettings } from '../../src/app/service-settings.js';
import { configureHttp, HTTP_APPLICATION_OPTIONS } from '../../src/platform/http/index.js';
import {
  DEFAULT_STREAM_OPTIONS,
  SESSION_STREAM_OPTIONS,
  type SessionStreamOptions,
} from '../../src/features/sessions/index.js';
import { connectSnsSqs, SnsSqsServer } from '../../src/transport/index.js';
import { TestStack, unique } from '../support/transport.js';
import { waitFor } from '../support/wait.js';

const KEY = 'a-key-of-more-than-twenty-characters';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly json: Record<string, unknown>;
}

/** The service, with queues and topics of its own, and an HTTP client that has its key. */
class SessionsApp {
  private constructor(
    readonly app: NestExpressApplication,
    readonly names: { good: string; bad: string; neutral: string; metadata: string },
  ) {}

  static async start(stack: TestStack, consume: string, env: Record<string, string> = {}) {
    const names = {
      good: unique('good'),
      bad: unique('bad'),
      neutral: unique('neutral'),
      metadata: unique('metadata'),
    };
    const settings = loadServiceSettings({
      WEFT_STACK: 'embedded',
      WEFT_DATA_DIR: ':memory:',
      WEFT_CONSUME: consume,
      WEFT_API_KEYS: KEY,
      SNS_TOPIC_FEEDBACK_GOOD: names.good,
      SNS_TOPIC_FEEDBACK_BAD: names.bad,
      SNS_TOPIC_FEEDBACK_NEUTRAL: names.neutral,
      SQS_METADATA_QUEUE_URL: names.metadata,
      ...env,
    });
    const topology = appTopology(settings);
    const server = new SnsSqsServer({
      topology,
      aws: stack.aws,
      provision: 'create',
      consume: consumedQueues(settings),
      waitTimeS: 1,
      retry: { baseS: 1, capS: 1 },
    });
    const streams: SessionStreamOptions = { ...DEFAULT_STREAM_OPTIONS, heartbeatMs: 50 };
    const module = await Test.createTestingModule({
      imports: [AppModule.forRoot(settings, { aws: stack.aws })],
    })
      .overrideProvider(SnsSqsServer)
      .useValue(server)
      .overrideProvider(SESSION_STREAM_OPTIONS)
      .useValue(streams)
      .compile();
    const app = module.createNestApplication<NestExpressApplication>({
      ...HTTP_APPLICATION_OPTIONS,
      logger: false,
    });
    configureHttp(app, settings);
    connectSnsSqs(app, server);
    await app.init();
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    return new SessionsApp(app, names);
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.send(method, path, body === undefined ? undefined : JSON.stringify(body));
  }

  async send(
    method: string,
    path: string,
    text?: string,
    type = 'application/json',
  ): Promise<Answer> {
    const response = await fetch(`${await this.app.getUrl()}/api/sessions${path}`, {
      method,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': type },
      ...(text !== undefined && { body: text }),
    });
    const answer = await response.text();
    const json: unknown = answer === '' ? {} : JSON.parse(answer);
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      json: Object(json),
    };
  }

  async listen(sessionId: string, lastEventId?: string): Promise<EventClient> {
    const request = get(`${await this.app.getUrl()}/api/sessions/${sessionId}/events`, {
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      agent: false,
    });
    const [response] = await once(request, 'response');
    return new EventClient(response);
  }
}

/** A browser's end of an event stream. */
class EventClient {
  text = '';
  ended = false;

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (this.text += chunk));
    response.on('close', () => (this.ended = true));
    response.on('error', () => (this.ended = true));
  }

  get events(): { id: string; data: unknown }[] {
    return [...this.text.matchAll(/^id: (.*)\ndata: (.*)\n\n/gm)].map(([, id = '', data = '']) => ({
      id,
      data: JSON.parse(data),
    }));
  }
}

const update = (metadata: Record<string, unknown>) => ({ type: 'metadata_update', data: metadata });

const short = (text = 'nothing'): string => text.slice(0, 60);

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start();
});
afterAll(() => stack.stop());

describe('Sessions over HTTP, told to SNS and SQS', () => {
  let sessions: SessionsApp;
  /** A queue that is subscribed to all three topics. */
  const listener = unique('listener');

  beforeAll(async () => {
    sessions = await SessionsApp.start(stack, 'none', { METADATA_FIELDS: 'status,priority' });
    const { sns, sqs } = stack.aws;
    await sqs.send(new CreateQueueCommand({ QueueName: listener }));
    for (const name of [sessions.names.good, sessions.names.bad, sessions.names.neutral]) {
      // Creating a topic that is there gives its ARN.
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
      const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${listener}`;
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    }
  });
  afterAll(() => sessions.app.close());

  it('makes a session once, and shows its password this once', async () => {
    const body = { session_id: 'user-session-123', application_name: 'app', metadata: { a: 1 } };
    const first = await sessions.call('POST', '', body);
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({ ...body, session_type: null });
    expect(first.json['session_viewer_password']).toMatch(/^[\w-]{32}$/);
    const second = await sessions.call('POST', '', { ...body, metadata: { b: 2 } });
    expect(second.status).toBe(200);
    const read = await sessions.call('GET', '/user-session-123');
    expect(second.json).toEqual(read.json);
    expect(Object.keys(read.json)).toEqual([
      'session_id',
      'application_name',
      'session_type',
      'created_at',
      'updated_at',
      'metadata',
    ]);
    const list = await sessions.call('GET', '?application_name=app&limit=1');
    expect(list.json).toEqual({ sessions: [read.json], next_cursor: null });
  });

  it('is described in the OpenAPI document', async () => {
    const response = await fetch(`${await sessions.app.getUrl()}/api/openapi.json`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    const document: unknown = await response.json();
    expect(document).toHaveProperty(['paths', '/api/sessions/{id}/feedback/stats', 'get']);
    expect(document).toHaveProperty(['paths', '/api/sessions/{id}/events', 'get']);
    expect(document).toHaveProperty(
      ['components', 'schemas', 'CreateSessionDto', 'properties', 'session_id', 'example'],
      'user-session-123',
    );
  });

  it('deletes a session', async () => {
    await sessions.call('POST', '', { session_id: 'gone' });
    expect((await sessions.call('DELETE', '/gone')).status).toBe(204);
    expect((await sessions.call('GET', '/gone')).status).toBe(404);
    expect((await sessions.call('DELETE', '/gone')).status).toBe(404);
  });

  it.each<[string | null, string, string, 'good' | 'bad' | 'neutral']>([
    ['up', 'positive', 'Great response!', 'good'],
    ['down', 'negative', 'The response was incomplete and unclear', 'bad'],
    [null, 'neutral', '', 'neutral'],
  ])('tells a feedback %j to the %s topic, exactly', async (rating, name, comment, topic) => {
    const id = unique('feedback');
    await sessions.call('POST', '', { session_id: id });
    const posted = await sessions.call('POST', `/${id}/feedback`, { rating, comment });
    expect(posted.status).toBe(201);
    expect(posted.json).toEqual({ rating, comment, created_at: expect.any(String) });
    const { Body = '' } = await stack.take(listener);
    const envelope: Record<string, unknown> = JSON.parse(Body);
    expect(envelope).toMatchObject({
      Type: 'Notification',
      TopicArn: expect.stringContaining(`:${sessions.names[topic]}`),
      Subject: `Virtual Agents Feedback ${name} on session ${id}`,
      Message: `Session: ${id}\n\n${comment}`,
    });
    expect(envelope['MessageAttributes']).toEqual({
      session_id: { Type: 'String', Value: id },
      rating: { Type: 'String', Value: name },
    });
    const { json } = await sessions.call('GET', `/${id}/feedback?limit=1`);
    expect(json).toEqual({ session_id: id, total_feedbacks: 1, feedbacks: [posted.json] });
  });

  it('counts feedback', async () => {
    await sessions.call('POST', '', { session_id: 'stats' });
    const bodies = [{ rating: 'up' }, { rating: 'up' }, { rating: 'down', comment: 'no' }, {}];
    for (const body of bodies) await sessions.call('POST', '/stats/feedback', body);
    for (const _ of bodies) await stack.take(listener);
    expect((await sessions.call('GET', '/stats/feedback/stats')).json).toEqual({
      session_id: 'stats',
      total_feedbacks: 4,
      positive: 2,
      negative: 1,
      neutral: 1,
      satisfaction_score: 66.7,
    });
  });

  it('tells changes of the listed metadata fields to the queue, exactly and numbered', async () => {
    await sessions.call('POST', '', { session_id: 'meta' });
    const patched = await sessions.call('PATCH', '/meta/metadata', {
      status: 'running 😀',
      internal: true,
    });
    expect(patched).toMatchObject({ status: 200, json: { status: 'running 😀', internal: true } });
    await sessions.call('PATCH', '/meta/metadata', { internal: false });
    const left = await sessions.call('DELETE', '/meta/metadata?keys=status,internal');
    expect(left).toMatchObject({ status: 200, json: {} });
    expect((await sessions.call('GET', '/meta/metadata')).json).toEqual({});

    const first = await stack.take(sessions.names.metadata);
    const second = await stack.take(sessions.names.metadata);
    expect(JSON.parse(first.Body ?? '')).toEqual({
      session_id: 'meta',
      event: 'metadata_update',
      operation: 'update',
      metadata: { status: 'running 😀' },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\+00:00$/),
      sequence: 1,
    });
    expect(JSON.parse(second.Body ?? '')).toMatchObject({
      operation: 'delete',
      metadata: { status: null },
      sequence: 2,
    });
    const attributes = first.MessageAttributes ?? {};
    expect(Object.keys(attributes).toSorted()).toEqual(['event', 'session_id']);
    expect(attributes['event']).toMatchObject({
      DataType: 'String',
      StringValue: 'metadata_update',
    });
    expect(attributes['session_id']).toMatchObject({ DataType: 'String', StringValue: 'meta' });
    expect(await stack.depth(sessions.names.metadata)).toMatchObject({ visible: 0 });
  });

  it('answers as ever when SNS does not take the notification', async () => {
    const { sns } = stack.aws;
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: sessions.names.bad }));
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await sessions.call('POST', '', { session_id: 'deaf' });
    const startedAt = performance.now();
    const feedback = { rating: 'down', comment: 'still stored' };
    const posted = await sessions.call('POST', '/deaf/feedback', feedback);
    expect(posted).toMatchObject({ status: 201, json: feedback });
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect((await sessions.call('GET', '/deaf/feedback/stats')).json).toMatchObject({
      negative: 1,
    });
    // Another topic still hears.
    await sessions.call('POST', '/deaf/feedback', { rating: 'up' });
    expect((await stack.take(listener)).Body).toContain('positive on session deaf');
  });

  describe('refuses', () => {
    beforeAll(() => sessions.call('POST', '', { session_id: 'strict', metadata: { kept: 1 } }));

    const refused: [string, string, string | undefined, number][] = [
      ['POST', '', 'no JSON', 400],
      ['POST', '', '"text"', 400],
      ['POST', '', '[]', 400],
      ['POST', '', '{"session_id": "a\\nb"}', 400],
      ['POST', '', '{"session_id": "a/../b"}', 400],
      ['POST', '', '{"session_id": ""}', 400],
      ['POST', '', '{"session_id": {"$ne": ""}}', 400],
      ['POST', '', '{"session_id": "refused", "metadata": {"__proto__": {"x": 1}}}', 400],
      ['POST', '', '{"session_id": "refused", "metadata": {"a.b": 1}}', 400],
      ['POST', '', '{"session_id": "refused", "application_name": 7}', 400],
      ['GET', '/a%0Ab', undefined, 400],
      ['GET', '/a%2F..%2Fb', undefined, 400],
      ['GET', `/${'x'.repeat(129)}`, undefined, 400],
      ['GET', '/__proto__', undefined, 400],
      ['GET', '/not-there', undefined, 404],
      ['GET', '/not-there/events', undefined, 404],
      ['GET', '/a%0Ab/events', undefined, 400],
      ['GET', '?limit=0', undefined, 400],
      ['GET', '?limit=101', undefined, 400],
      ['GET', '?limit=1&limit=2', undefined, 400],
      ['GET', '?cursor=nonsense', undefined, 400],
      ['PATCH', '/strict/metadata', '{"__proto__": {"admin": true}}', 400],
      ['PATCH', '/strict/metadata', '{"deep": [{"__proto__": 1}]}', 400],
      ['PATCH', '/strict/metadata', '{"$where": "sleep(1000)"}', 400],
      ['PATCH', '/strict/metadata', '{"a.b": 1}', 400],
      ['PATCH', '/strict/metadata', '{"constructor": 1}', 400],
      ['PATCH', '/strict/metadata', '{"": 1}', 400],
      ['PATCH', '/strict/metadata', '[1]', 400],
      ['PATCH', '/strict/metadata', `{"a": "${'x'.repeat(70_000)}"}`, 400],
      ['PATCH', '/strict/metadata', `{"a": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 400],
      ['PATCH', '/strict/metadata', `{"a": "${'x'.repeat(1_100_000)}"}`, 413],
      ['PATCH', '/not-there/metadata', '{"a": 1}', 404],
      ['DELETE', '/strict/metadata', undefined, 400],
      ['DELETE', '/strict/metadata?keys=', undefined, 400],
      ['DELETE', '/strict/metadata?keys=$where', undefined, 400],
      ['POST', '/strict/feedback', '{"rating": "great"}', 400],
      ['POST', '/strict/feedback', '{"rating": "down"}', 400],
      ['POST', '/strict/feedback', `{"rating": "up", "comment": "${'x'.repeat(1001)}"}`, 400],
      ['POST', '/strict/feedback', '{"rating": ["up"]}', 400],
      ['POST', '/not-there/feedback', '{"rating": "up"}', 404],
      ['GET', '/strict/feedback?limit=1001', undefined, 400],
    ];
    it.each(
      refused.map((request): [string, typeof request] => {
        const [method, path, body] = request;
        return [`${method} ${short(path)} with ${short(body)}`, request];
      }),
    )('%s', async (_, [method, path, body, status]) => {
      const answer = await sessions.send(method, path, body);
      expect(answer).toMatchObject({ status, json: { status, detail: expect.any(String) } });
      expect(answer.type).toContain('application/problem+json');
    });

    it('names the field and the key', async () => {
      const { json } = await sessions.send('PATCH', '/strict/metadata', '{"a.b": 1}');
      expect(json['detail']).toContain('"a.b"');
      expect(json['errors']).toMatchObject([{ field: 'metadata' }]);
      const feedback = await sessions.call('POST', '/strict/feedback', { rating: 'great' });
      expect(feedback.json['errors']).toEqual([
        { field: 'rating', message: 'must be "up", "down" or null' },
      ]);
    });

    it('a body that says it is no JSON', async () => {
      expect((await sessions.send('POST', '', '{"session_id": "x"}', 'text/plain')).status).toBe(
        415,
      );
    });

    it('and has stored and told nothing of it', async () => {
      expect((await sessions.call('GET', '/strict/metadata')).json).toEqual({ kept: 1 });
      expect((await sessions.call('GET', '/strict/feedback')).json['total_feedbacks']).toBe(0);
      expect((await sessions.call('GET', '/refused')).status).toBe(404);
      expect(await stack.depth(sessions.names.metadata)).toMatchObject({ visible: 0 });
      expect(await stack.depth(listener)).toMatchObject({ visible: 0 });
    });

    it('who has no key', async () => {
      const url = `${await sessions.app.getUrl()}/api/sessions`;
      for (const path of ['', '/strict', '/strict/events', '/strict/feedback']) {
        expect((await fetch(url + path)).status).toBe(401);
      }
    });
  });
});

describe('Session event streams', () => {
  let sessions: SessionsApp;

  beforeAll(async () => {
    sessions = await SessionsApp.start(stack, 'sessions');
    await sessions.call('POST', '', { session_id: 'live' });
    await sessions.call('POST', '', { session_id: 'other' });
  });
  afterAll(() => sessions.app.close());

  it('bring each change to the clients of its session, through the queue', async () => {
    const [client, second, other] = [
      await sessions.listen('live'),
      await sessions.listen('live'),
      await sessions.listen('other'),
    ];
    await sessions.call('PATCH', '/live/metadata', { status: 'running', list: [1, 'a\nb'] });
    await sessions.call('DELETE', '/live/metadata?keys=status');
    await waitFor(() => client.events.length === 2 && second.events.length === 2);
    const expected = [update({ status: 'running', list: [1, 'a\nb'] }), update({ status: null })];
    expect(client.events.map(({ data }) => data)).toEqual(expected);
    expect(second.events).toEqual(client.events);
    await waitFor(() => other.text.includes('\n: \n'));
    expect(other.events).toEqual([]);
    expect(client.response.headers['content-type']).toContain('text/event-stream');
    for (const { response } of [client, second, other]) response.destroy();
  });

  it('go on where a client left off', async () => {
    const first = await sessions.listen('live');
    await sessions.call('PATCH', '/live/metadata', { n: 1 });
    const last = await waitFor(() => first.events[0]);
    first.response.destroy();
    await sessions.call('PATCH', '/live/metadata', { n: 2 });
    await stack.emptied(sessions.names.metadata);
    const again = await sessions.listen('live', last.id);
    await sessions.call('PATCH', '/live/metadata', { n: 3 });
    await waitFor(() => again.events.length === 2);
    expect(again.events.map(({ data }) => data)).toEqual([update({ n: 2 }), update({ n: 3 })]);
    again.response.destroy();
  });

  it('take messages of other programs, and leave what is none to the dead-letter queue', async () => {
    const client = await sessions.listen('live');
    const { metadata: queue } = sessions.names;
    const message = {
      session_id: 'live',
      event: 'metadata_update',
      operation: 'update',
      metadata: { from: 'python' },
      timestamp: '2024-01-26T10:30:45.123456',
    };
    const bad = [
      'no JSON',
      '[]',
      JSON.stringify({ ...message, session_id: 'a\nb' }),
      JSON.stringify({ ...message, metadata: 'text' }),
      JSON.stringify({ ...message, sequence: -1 }),
    ];
    for (const body of bad) await stack.put(queue, body);
    await stack.put(queue, JSON.stringify(message));
    await waitFor(() => client.events.length === 1);
    expect(client.events[0]?.data).toEqual(update({ from: 'python' }));
    await stack.emptied(queue);
    await waitFor(async () => (await stack.depth(`${queue}-dlq`)).visible === bad.length);
    expect(await stack.depth(`${queue}-dlq`)).toMatchObject({ visible: bad.length });
    client.response.destroy();
  });

  it('end with their session', async () => {
    await sessions.call('POST', '', { session_id: 'short' });
    const client = await sessions.listen('short');
    await sessions.call('DELETE', '/short');
    await waitFor(() => client.ended);
    expect(client.response.complete).toBe(true);
  });

  it('do not keep the service from closing', async () => {
    const closing = await SessionsApp.start(stack, 'none');
    await closing.call('POST', '', { session_id: 's' });
    const client = await closing.listen('s');
    await waitFor(() => client.text.includes('retry: '));
    await closing.app.close();
    await waitFor(() => client.ended);
    expect(client.response.complete).toBe(true);
  });
});
