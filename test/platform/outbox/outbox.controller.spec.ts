import type { AddressInfo } from 'node:net';
import { Logger, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProblemFilter } from '../../../src/platform/http/index.js';
import { Outbox } from '../../../src/platform/outbox/index.js';
import { OutboxController } from '../../../src/platform/outbox/outbox.controller.js';
import { PermanentError } from '../../../src/transport/errors/index.js';
import { OutboxFixture } from './outbox.fixture.js';

describe('the outbox over HTTP', () => {
  const fixture = new OutboxFixture();
  let app: INestApplication;
  const call = async (path: string, method = 'GET'): Promise<{ status: number; body: unknown }> => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/api/outbox${path}`, { method });
    return { status: answer.status, body: await answer.json() };
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    const module = await Test.createTestingModule({
      controllers: [OutboxController],
      providers: [{ provide: Outbox, useValue: fixture.outbox }],
    }).compile();
    app = module.createNestApplication({ logger: false });
    app.useGlobalFilters(new ProblemFilter());
    await app.listen(0, '127.0.0.1');
    fixture.publish = () => {
      throw new PermanentError('no such topic');
    };
    await fixture.write('a/b', fixture.note('secret', { id: 'x' }));
    await fixture.outbox.flush();
  });
  afterAll(async () => {
    await app.close();
    await fixture.store.close();
  });

  it('shows how it stands, and what was given up without its data', async () => {
    expect((await call('')).body).toEqual({
      collections: [
        { collection: 'orders', due_documents: 0, oldest_age_ms: 0, parked_documents: 1 },
      ],
    });
    const { body } = await call('/orders/parked');
    expect(body).toMatchObject({
      count: 1,
      entries: [{ entry_id: 'x', document_id: 'a/b', reason: 'PermanentError: no such topic' }],
    });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect((await call('/orders/parked?after=b')).body).toMatchObject({ count: 0 });
  });

  it('refuses two documents to start after, rather than starting again at the first', async () => {
    expect(await call('/orders/parked?after=a&after=b')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'after' }] },
    });
  });

  it('publishes an entry again, once', async () => {
    fixture.publish = () => undefined;
    const path = `/orders/parked/${encodeURIComponent('a/b')}/x/redrive`;
    expect(await call(path, 'POST')).toEqual({
      status: 200,
      body: { entry_id: 'x', redriven: true },
    });
    expect((await call(path, 'POST')).status).toBe(404);
    await fixture.outbox.flush();
    expect(fixture.published).toEqual(['secret']);
  });

  it('serves no other collections', async () => {
    expect((await call('/users/parked')).status).toBe(404);
    expect((await call('/users/parked/a/b/redrive', 'POST')).status).toBe(404);
  });
});
