import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { sessionsSettings } from '../../../src/features/sessions/index.js';
import { OutsideWorld, request, type Listener } from '../../support/service.js';
import { waitFor } from '../../support/wait.js';
import { CLOSE_TIMEOUT_MS, startOnEngines } from '../service.js';

let service: RunningService;
let good: Listener;

beforeAll(async () => {
  service = await startOnEngines();
  good = await new OutsideWorld(service).listenTo(
    sessionsSettings.of(service.settings).feedbackTopics.good,
  );
});
afterAll(() => service.close(), CLOSE_TIMEOUT_MS);

const call = (method: string, path: string, body?: unknown) =>
  request(service, `/api/sessions${path}`, { method, body });

describe('Service: sessions', () => {
  it('keeps sessions, metadata and feedback in MongoDB', async () => {
    const made = await call('POST', '', { session_id: 's-1', metadata: { a: 1 } });
    expect(made.status).toBe(201);
    await call('PATCH', '/s-1/metadata', { status: 'running', ключ: [null] });
    expect((await call('GET', '/s-1/metadata')).body).toEqual({
      a: 1,
      status: 'running',
      ключ: [null],
    });
    for (const feedback of [{ rating: 'up' }, { rating: 'down', comment: 'no' }, {}])
      expect((await call('POST', '/s-1/feedback', feedback)).status).toBe(201);
    expect((await call('GET', '/s-1/feedback/stats')).body).toMatchObject({
      total_feedbacks: 3,
      positive: 1,
      negative: 1,
      neutral: 1,
      satisfaction_score: 50,
    });
  });

  it('writers at once lose nothing', async () => {
    await call('POST', '', { session_id: 's-2' });
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => call('PATCH', '/s-2/metadata', { [`k${n}`]: n })),
    );
    const { body } = await call('GET', '/s-2/metadata');
    expect(Object.keys(body)).toHaveLength(20);
  });

  it('publishes feedback to its topic, exactly', async () => {
    await call('POST', '', { session_id: 's-3' });
    await call('POST', '/s-3/feedback', { rating: 'up', comment: 'gut 😀' });
    const heard = await good.next(({ text }) => text.startsWith('Session: s-3'));
    expect(heard.text).toBe('Session: s-3\n\ngut 😀');
    expect(heard.attributes).toEqual({ session_id: 's-3', rating: 'positive' });
  });

  it('notifies listeners of the session of changed metadata, by way of the queue', async () => {
    await call('POST', '', { session_id: 's-4' });
    const listening = new AbortController();
    const { signal } = listening;
    const stream = await fetch(`${service.url}/api/sessions/s-4/events`, { signal });
    let heard = '';
    const reading = (async () => {
      for await (const chunk of stream.body ?? []) heard += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    await call('PATCH', '/s-4/metadata', { status: 'running' });
    await waitFor('the update of the status', () =>
      heard.includes('{"type":"metadata_update","data":{"status":"running"}}'),
    );
    listening.abort();
    await reading;
    expect(stream.status).toBe(200);
  });
});
