import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { metrics, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { request, startWholeService } from '../support/service.js';

let collector: Server;
let received: Map<string, string>;

beforeEach(async () => {
  received = new Map();
  collector = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const path = incoming.url ?? '';
      // Protobuf leaves texts readable.
      const text = Buffer.concat(chunks).toString('latin1');
      received.set(path, (received.get(path) ?? '') + text);
      answer.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterEach(async () => {
  collector.close();
  collector.closeAllConnections();
  await once(collector, 'close');
});

const endpoint = (): string => {
  const { port } = collector.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
};

describe('The service with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('sends spans and metrics of its messages, under its name, the last of them when it closes', async () => {
    const service = await startWholeService({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint()}/`,
      SERVICE_NAME: 'weft-traced',
    });
    await request(service, '/api/commands?wait_seconds=10', {
      body: { type: 'registry', action: 'get_job', payload: { job_id: 'none' } },
    });
    await service.close();
    expect([...received.keys()].toSorted()).toEqual(['/v1/metrics', '/v1/traces']);
    expect(received.get('/v1/traces')).toContain('weft-traced');
    expect(received.get('/v1/traces')).toContain('process pudato-registry-queue');
    expect(received.get('/v1/metrics')).toContain('messaging.process.duration');
  });
});

describe('The service without it', () => {
  it('registers nothing', async () => {
    const service = await startWholeService({ WEFT_CONSUME: 'none' });
    const provider = trace.getTracerProvider();
    expect(provider).toBeInstanceOf(ProxyTracerProvider);
    expect(metrics.getMeterProvider().constructor.name).toBe('NoopMeterProvider');
    await service.close();
  });
});
