import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request, startWholeService } from '../support/service.js';

let collector: Server;
beforeEach(async () => {
  collector = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterEach(async () => {
  collector.close();
  collector.closeAllConnections();
  await once(collector, 'close');
});

describe('The service with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('closes in time when the collector does not answer', async () => {
    const { port } = collector.address() as AddressInfo;
    const service = await startWholeService({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    });
    await request(service, '/api/commands?wait_seconds=10', {
      body: { type: 'registry', action: 'get_job', payload: { job_id: 'none' } },
    });
    await service.close();
    await expect(fetch(service.url)).rejects.toThrow('fetch failed');
  });
});
