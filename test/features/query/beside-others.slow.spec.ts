import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { QUERY_ENGINE, type QueryEngine } from '../../../src/features/query/query.engine.js';
import { CommandsClient } from '../../../src/messaging/index.js';
import { Command } from '../../../src/protocol/index.js';
import { makeContainer, request, startWholeService } from '../../support/service.js';

const COMMANDS = 1000;
const QUERIES = 4;
/** Far longer than the rest takes, however busy the machine is. */
const QUERY_TIMEOUT_S = 240;
const PATIENCE_MS = 200_000;
const ENDLESS =
  'SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range * b.range % 7 = 8';

let service: RunningService;
beforeAll(async () => {
  service = await startWholeService({
    QUERY_CONCURRENCY: String(QUERIES),
    QUERY_TIMEOUT_SECONDS: String(QUERY_TIMEOUT_S),
    DUCKDB_THREADS: '1',
  });
});
afterAll(() => service.close());

describe('Four queries that take minutes', () => {
  it('hold up neither a thousand storage Commands nor an event stream', async () => {
    const commands = service.app.get(CommandsClient);
    const container = await makeContainer(service);
    let ended = 0;
    const queries = Array.from({ length: QUERIES }, () =>
      commands
        .request(
          new Command({ type: 'query', action: 'execute', payload: { sql: ENDLESS } }),
          QUERY_TIMEOUT_S * 1000,
        )
        .finally(() => (ended += 1)),
    );

    const { body: session } = await request<{ session_id: string }>(service, '/api/sessions', {
      body: { session_id: `s-${randomUUID()}` },
    });
    const path = `${service.url}/api/sessions/${session.session_id}`;
    const stream = await fetch(`${path}/events`);
    const reader = stream.body?.getReader();
    const results = await Promise.all(
      Array.from({ length: COMMANDS }, (_, n) =>
        commands.request(
          new Command({
            type: 'storage',
            action: 'put_object',
            payload: { container, path: `n/${n}`, body: `object ${n}` },
          }),
          PATIENCE_MS,
        ),
      ),
    );
    expect(results.filter((result) => result?.status === 'success')).toHaveLength(COMMANDS);
    const changed = await fetch(`${path}/metadata`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ seen: true }),
    });
    expect(changed.status).toBe(200);
    let heard = '';
    while (!heard.includes('metadata_update')) {
      const { value, done } = (await reader?.read()) ?? { done: true };
      if (done) break;
      heard += Buffer.from(value ?? []).toString();
    }
    await reader?.cancel();
    expect(heard).toContain('"seen":true');
    // All of it while every query was still at work.
    expect(ended).toBe(0);
    await service.app.get<QueryEngine>(QUERY_ENGINE).close();
    for (const result of await Promise.all(queries)) expect(result?.status).toBe('error');
  });
});
