import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { OutsideWorld, startWholeService, type Listener } from '../../support/service.js';
import { Sender } from './query.fixture.js';

let service: RunningService;
let query: Sender;
let outside: OutsideWorld;
let results: Listener;

/** Nothing but the database itself remembers what has been done. */
beforeAll(async () => {
  service = await startWholeService({ IDEMPOTENCY_TABLE_NAME: 'none', WEFT_CONSUME: 'query' });
  query = new Sender(service, 'query');
  outside = new OutsideWorld(service);
  results = await outside.listenTo('pudato-results');
  await query.send('execute', { sql: 'CREATE TABLE counted (a INTEGER)' });
});
afterAll(() => service.close());

const deliver = async (body: string, id: string) => {
  await outside.send('pudato-query-queue', body);
  return results.next(({ body: result }) => result['correlation_id'] === id);
};

describe('A Command delivered twice', () => {
  it('changes data once, and is answered the same both times', async () => {
    const correlation_id = randomUUID();
    const sql = 'INSERT INTO counted VALUES (1) RETURNING a';
    const body = JSON.stringify({
      type: 'query',
      action: 'execute',
      payload: { sql },
      correlation_id,
    });
    const first = await deliver(body, correlation_id);
    results.heard.length = 0;
    const second = await deliver(body, correlation_id);
    expect(second.body['data']).toEqual(first.body['data']);
    expect(await query.rows('SELECT count(*) FROM counted')).toEqual([[1]]);
  });

  it('is another one when its body differs', async () => {
    const ids = [randomUUID(), randomUUID()];
    for (const correlation_id of ids) {
      const payload = { sql: 'INSERT INTO counted VALUES (2)' };
      await deliver(
        JSON.stringify({ type: 'query', action: 'execute', payload, correlation_id }),
        correlation_id,
      );
    }
    expect(await query.rows('SELECT count(*) FROM counted WHERE a = 2')).toEqual([[2]]);
  });

  it('sends one query on when it is asynchronous', async () => {
    const correlation_id = randomUUID();
    const payload = { sql: 'INSERT INTO counted VALUES (3)' };
    const timestamp = '2026-01-26T10:30:45+00:00';
    const body = JSON.stringify({
      type: 'query',
      action: 'execute_async',
      payload,
      correlation_id,
      timestamp,
    });
    const done = ({ body: result }: { body: Record<string, unknown> }) =>
      result['correlation_id'] === correlation_id && result['status'] === 'success';
    await outside.send('pudato-query-queue', body);
    await results.next(done);
    results.heard.length = 0;
    await outside.send('pudato-query-queue', body);
    await results.next(done);
    expect(await query.rows('SELECT count(*) FROM counted WHERE a = 3')).toEqual([[1]]);
  });
});
