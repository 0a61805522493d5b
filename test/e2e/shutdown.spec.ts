import { describe, expect, it } from '@jest/globals';
import { CommandsClient } from '../../src/messaging/index.js';
import { Command } from '../../src/protocol/index.js';
import { freePort } from '../support/free-port.js';
import { ANSWER_MS, makeContainer, request, startWholeService } from '../support/service.js';

const POLL_MS = 20_000;

describe('Closing the service', () => {
  it('is not held up by open event streams or idle polls', async () => {
    const service = await startWholeService();
    await request(service, '/api/sessions', { body: { session_id: 's1' } });
    const stream = await fetch(`${service.url}/api/sessions/s1/events`);
    expect(stream.status).toBe(200);
    const startedAt = performance.now();
    await service.close();
    // The polls are as long as SQS allows, and a stream has no end of its own.
    expect(performance.now() - startedAt).toBeLessThan(POLL_MS);
    await expect(stream.text()).resolves.toEqual(expect.any(String));
  });

  it('answers requests in flight first', async () => {
    const service = await startWholeService();
    const container = await makeContainer(service);
    const body = new Command({
      type: 'storage',
      action: 'put_object',
      payload: { container, path: 'x', body: 'x' },
    });
    const answer = service.app.get(CommandsClient).request(body, ANSWER_MS);
    // The reply queue is made first, so the Command is on its way when the queues are closed.
    await request(service, '/api/commands?wait_seconds=10', { body });
    await service.close();
    await expect(answer).resolves.toMatchObject({ status: 'success' });
  });

  it('may be requested twice', async () => {
    const service = await startWholeService();
    await Promise.all([service.close(), service.close()]);
    await expect(fetch(service.url)).rejects.toThrow('fetch failed');
  });
});

describe('Starting the service', () => {
  it('stops what it has started when a later part fails', async () => {
    const port = String(await freePort());
    const first = await startWholeService({ PORT: port });
    await expect(startWholeService({ PORT: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
    const second = await startWholeService({ PORT: port });
    await second.close();
  });

  it('fails with the name of a role that does not exist', async () => {
    await expect(startWholeService({ WEFT_CONSUME: 'storage,juggling' })).rejects.toThrow(
      /WEFT_CONSUME names roles that do not exist: juggling/,
    );
  });

  it('consumes the queues of its roles alone', async () => {
    const service = await startWholeService({ WEFT_CONSUME: 'storage' });
    const { body } = await request<{ info: { queues: { queues: object } } }>(
      service,
      '/health/ready',
    );
    expect(Object.keys(body.info.queues.queues)).toEqual(['pudato-storage-queue']);
    await service.close();
  });
});
