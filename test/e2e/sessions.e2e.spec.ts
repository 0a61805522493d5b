import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { waitFor, waitForCount } from '../support/wait.js';

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

  static async start(
    stack: TestStack,
    consume: string,
    { documentsDir, ...env }: Record<string, string> = {},
  ) {
    const names = {
      good: unique('good'),
      bad: unique('bad'),
      neutral: unique('neutral'),
      metadata: env['SQS_METADATA_QUEUE_URL'] ?? unique('metadata'),
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
      imports: [AppModule.forRoot(settings, { aws: stack.aws, documentsDir })],
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
  stack = await TestStack.start({ embedded: true });
});
afterAll(() => stack.stop());

describe('Sessions over HTTP, announced to SNS and SQS', () => {
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
    const { agents, feedbacks, guardrail_events, ...summary } = read.json;
    expect({ agents, feedbacks, guardrail_events }).toEqual({
      agents: {},
      feedbacks: [],
      guardrail_events: [],
    });
    expect(Object.keys(summary)).toEqual([
      'session_id',
      'application_name',
      'session_type',
      'created_at',
      'updated_at',
      'metadata',
      'sequence',
    ]);
    const list = await sessions.call('GET', '?application_name=app&limit=1');
    expect(list.json).toEqual({ sessions: [summary], next_cursor: null });
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
  ])('publishes the feedback %j to the %s topic, exactly', async (rating, name, comment, topic) => {
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

  it('sends changes of the listed metadata fields to the queue, exactly and numbered', async () => {
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
    const feedback = { rating: 'down', comment: 'still stored' };
    // An answer that waited for the notification would never come.
    const posted = await sessions.call('POST', '/deaf/feedback', feedback);
    expect(posted).toMatchObject({ status: 201, json: feedback });
    expect((await sessions.call('GET', '/deaf/feedback/stats')).json).toMatchObject({
      negative: 1,
    });
    // Another topic still hears.
    await sessions.call('POST', '/deaf/feedback', { rating: 'up' });
    expect((await stack.take(listener)).Body).toContain('positive on session deaf');
  });

  describe('refuse', () => {
    beforeAll(() => sessions.call('POST', '', { session_id: 'strict', metadata: { kept: 1 } }));

    const refused: [string, string, string | undefined, number][] = [
      ['POST', '', 'no JSON', 400],
      ['POST', '', '"text"', 400],
      ['POST', '', '[]', 400],
      ['POST', '', '{"session_id": "a\\nb"}', 400],
      ['POST', '', '{"session_id": ".."}', 400],
      ['POST', '', '{"session_id": ""}', 400],
      ['POST', '', '{"session_id": {"$ne": ""}}', 400],
      ['POST', '', '{"session_id": "refused", "metadata": {"__proto__": {"x": 1}}}', 400],
      ['POST', '', '{"session_id": "refused", "metadata": {"a,b": 1}}', 400],
      ['POST', '', '{"session_id": "refused", "application_name": 7}', 400],
      ['GET', '/a%0Ab', undefined, 400],
      ['GET', '/a%2F..%2Fb', undefined, 404],
      ['GET', `/${'x'.repeat(256)}`, undefined, 400],
      ['GET', '/__proto__', undefined, 404],
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
      ['PATCH', '/strict/metadata', '{"a,b": 1}', 400],
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
      ['GET', '/strict/feedback?rating=great', undefined, 400],
      ['DELETE', '/strict/feedback', undefined, 400],
      ['POST', '/strict/feedback', `{"rating": "up", "note": "${'x'.repeat(5000)}"}`, 400],
      ['POST', '/strict/feedback', '{"rating": "up", "message_id": 1}', 400],
      ['PUT', '/strict/agents/a%0Ab', '{}', 400],
      ['PUT', '/not-there/agents/a', '{}', 404],
      ['PATCH', '/strict/agents/none/config', '{"model": "m"}', 404],
      ['POST', '/strict/agents/none/messages', '{"message": {"role": "user", "content": []}}', 404],
      ['POST', '/strict/agents/none/messages', '{"message": {"role": "user"}}', 400],
      ['POST', '/strict/agents/none/messages', '{"messages": []}', 400],
      ['GET', '/strict/agents/none/messages', undefined, 404],
      ['GET', '/strict/agents/none/messages?offset=-1', undefined, 400],
      ['PATCH', '/strict/agents/none/messages/x', '{}', 400],
      ['DELETE', '/strict/agents/none/messages/latest', undefined, 404],
      ['POST', '/not-there/fork', '{}', 404],
      ['POST', '/strict/fork', '{"agent_id": "a"}', 400],
      ['POST', '/strict/viewer-token', '{}', 400],
      ['POST', '/strict/viewer-token', '{"session_viewer_password": "guessed"}', 403],
      ['POST', '/not-there/viewer-token', '{"session_viewer_password": "guessed"}', 403],
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

    it('a bad body, naming its field and its key', async () => {
      const { json } = await sessions.send('PATCH', '/strict/metadata', '{"$where": 1}');
      expect(json['detail']).toContain('"$where"');
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

    it('what is wrong without storing or publishing anything of it', async () => {
      expect((await sessions.call('GET', '/strict/metadata')).json).toEqual({ kept: 1 });
      expect((await sessions.call('GET', '/strict/feedback')).json['total_feedbacks']).toBe(0);
      expect((await sessions.call('GET', '/refused')).status).toBe(404);
      expect(await stack.depth(sessions.names.metadata)).toMatchObject({ visible: 0 });
      expect(await stack.depth(listener)).toMatchObject({ visible: 0 });
    });

    it('a caller without a key', async () => {
      const url = `${await sessions.app.getUrl()}/api/sessions`;
      for (const path of ['', '/strict', '/strict/events', '/strict/feedback']) {
        expect((await fetch(url + path)).status).toBe(401);
      }
    });
  });
});

describe('Agents and messages over HTTP', () => {
  let sessions: SessionsApp;
  const hello = { message: { role: 'user', content: [{ text: 'Hello' }] } };

  beforeAll(async () => {
    sessions = await SessionsApp.start(stack, 'none');
    await sessions.call('POST', '', { session_id: 'talk/1' });
  });
  afterAll(() => sessions.app.close());

  it('are put, listed, appended, read, redacted and removed at their addresses', async () => {
    const at = '/talk%2F1/agents/agent%201';
    const put = await sessions.call('PUT', at, { model: 'm', state: { 'a.b': 1 } });
    expect(put).toMatchObject({ status: 201, json: { agent_id: 'agent 1', message_count: 0 } });
    expect((await sessions.call('PUT', at, { model: 'n' })).status).toBe(200);
    const config = await sessions.call('PATCH', `${at}/config`, { system_prompt: 'Be kind' });
    expect(config.json).toEqual({ model: 'n', system_prompt: 'Be kind', prompt_metadata: null });

    const first = await sessions.call('POST', `${at}/messages`, { ...hello, client_token: 't' });
    expect(first).toMatchObject({ status: 201, json: { message_id: 0, ...hello } });
    const retried = await sessions.call('POST', `${at}/messages`, { ...hello, client_token: 't' });
    expect(retried).toEqual({ ...first, status: 200 });
    const batch = await sessions.call('POST', `${at}/messages`, { messages: [hello, hello] });
    expect(batch.json['messages']).toMatchObject([{ message_id: 1 }, { message_id: 2 }]);

    const redact_message = { role: 'user', content: [{ text: '-' }] };
    const redacted = await sessions.call('PATCH', `${at}/messages/latest`, { redact_message });
    expect(redacted.json).toMatchObject({ message_id: 2, message: redact_message });
    const last = await sessions.call('GET', `${at}/messages?last=1`);
    expect(last.json).toEqual({
      session_id: 'talk/1',
      agent_id: 'agent 1',
      total_messages: 3,
      messages: [redacted.json],
      next_offset: null,
    });
    expect((await sessions.call('DELETE', `${at}/messages/latest`)).json).toEqual(redacted.json);
    const agents = await sessions.call('GET', '/talk%2F1/agents');
    expect(agents.json).toMatchObject({ agents: [{ agent_id: 'agent 1', message_count: 2 }] });
    const fork = await sessions.call('POST', '/talk%2F1/fork', {
      agent_id: 'agent 1',
      message_id: 0,
    });
    expect(fork).toMatchObject({
      status: 201,
      json: { agents: { 'agent 1': { message_count: 1 } } },
    });
  });

  it('go on in the session that is shown, without anything secret', async () => {
    const { json } = await sessions.call('GET', '/talk%2F1');
    expect(Object.keys(Object(json['agents']))).toEqual(['agent 1']);
    expect(JSON.stringify(json)).not.toMatch(/password|family|revision|outbox/);
  });
});

describe('Session event streams', () => {
  let sessions: SessionsApp;
  let second: SessionsApp;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-sessions-'));
    const names = { SQS_METADATA_QUEUE_URL: unique('live'), documentsDir: folder };
    sessions = await SessionsApp.start(stack, 'sessions', names);
    second = await SessionsApp.start(stack, 'sessions', names);
    await sessions.call('POST', '', { session_id: 'live' });
    await sessions.call('POST', '', { session_id: 'other' });
  });
  afterAll(async () => {
    await Promise.all([sessions.app.close(), second.app.close()]);
    await rm(folder, { recursive: true });
  });

  it('of two instances show every change to the browsers of both', async () => {
    const [here, there, other] = [
      await sessions.listen('live'),
      await second.listen('live'),
      await sessions.listen('other'),
    ];
    await waitFor('every stream to be open', () =>
      [here, there, other].every(({ text }) => text.includes('retry: ')),
    );
    await sessions.call('PATCH', '/live/metadata', { status: 'running', list: [1, 'a\nb'] });
    await second.call('DELETE', '/live/metadata?keys=status');
    await waitFor(
      'two changes in both streams of the session',
      () => here.events.length === 2 && there.events.length === 2,
    );
    const expected = [update({ status: 'running', list: [1, 'a\nb'] }), update({ status: null })];
    expect(here.events.map(({ data }) => data)).toEqual(expected);
    expect(there.events).toEqual(here.events);
    await waitFor('a comment that keeps the connection alive', () => other.text.includes('\n: \n'));
    expect(other.events).toEqual([]);
    expect(here.response.headers['content-type']).toContain('text/event-stream');
    for (const { response } of [here, there, other]) response.destroy();
  });

  it('go on where a browser left off, at another instance', async () => {
    const first = await sessions.listen('live');
    await waitFor('the stream to be open', () => first.text.includes('retry: '));
    await sessions.call('PATCH', '/live/metadata', { n: 1 });
    const last = await waitFor('the first change', () => first.events[0]);
    first.response.destroy();
    await sessions.call('PATCH', '/live/metadata', { n: 2 });
    const again = await second.listen('live', last.id);
    await waitForCount('changes', () => again.events, 1);
    await sessions.call('PATCH', '/live/metadata', { n: 3 });
    await waitForCount('changes', () => again.events, 2);
    expect(again.events.map(({ data }) => data)).toEqual([update({ n: 2 }), update({ n: 3 })]);
    again.response.destroy();
  });

  it('leave the messages of the metadata queue to its consumers', async () => {
    const { visible } = await stack.depth(sessions.names.metadata);
    expect(visible).toBe(5);
  });

  it('are opened by a viewer token, of that session alone', async () => {
    const { json } = await sessions.call('POST', '', { session_id: 'watched' });
    const url = `${await second.app.getUrl()}/api/sessions`;
    const answer = await fetch(`${url}/watched/viewer-token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ session_viewer_password: json['session_viewer_password'] }),
    });
    const { viewer_token, expires_in_seconds } = Object(await answer.json());
    expect(expires_in_seconds).toBe(300);
    const open = async (path: string): Promise<number> => {
      const stop = new AbortController();
      const { status } = await fetch(url + path, { signal: stop.signal });
      stop.abort();
      return status;
    };
    expect(await open(`/watched/events?viewer_token=${viewer_token}`)).toBe(200);
    expect(await open(`/live/events?viewer_token=${viewer_token}`)).toBe(403);
    expect(await open(`/watched/events?viewer_token=${viewer_token}x`)).toBe(403);
    expect(await open(`/watched/events?viewer_token=`)).toBe(401);
    expect(await open(`/watched?viewer_token=${viewer_token}`)).toBe(401);
  });

  it('end with their session', async () => {
    await sessions.call('POST', '', { session_id: 'short' });
    const client = await sessions.listen('short');
    await sessions.call('DELETE', '/short');
    await waitFor('the stream to end', () => client.ended);
    expect({ complete: client.response.complete }).toEqual({ complete: true });
  });

  it('do not keep the service from closing', async () => {
    const closing = await SessionsApp.start(stack, 'none');
    await closing.call('POST', '', { session_id: 's' });
    const client = await closing.listen('s');
    await waitFor('the stream to be open', () => client.text.includes('retry: '));
    await closing.app.close();
    await waitFor('the stream to end', () => client.ended);
    expect({ complete: client.response.complete }).toEqual({ complete: true });
  });
});
