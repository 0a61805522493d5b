import { describe, expect, it } from '@jest/globals';
import {
  MetricsRegistry,
  TransportMetrics,
} from '../../../../src/platform/telemetry/metrics/index.js';

const failed = (pattern: string | undefined, action: 'retry' | 'deadLetter') => ({
  queue: 'q',
  pattern,
  action,
  error: new Error('no'),
  messageId: 'm',
});

describe('Transport metrics', () => {
  it('keep a bounded number of patterns, whatever a sender makes up', async () => {
    const registry = new MetricsRegistry('weft');
    const metrics = new TransportMetrics(registry);
    for (let i = 0; i < 1000; i += 1) metrics.failed(failed(`storage.${i}`, 'deadLetter'));
    metrics.failed(failed('storage.0', 'retry'));
    metrics.failed(failed(undefined, 'retry'));
    const counted = await registry.getSingleMetric('weft_messages_failed_total')?.get();
    const values = counted?.values ?? [];
    expect(values.length).toBeLessThanOrEqual(203);
    expect(values).toContainEqual({
      value: 800,
      labels: { queue: 'q', pattern: 'other', action: 'deadLetter' },
    });
  });

  it("keep the names of handlers' patterns, also after a sender has made up a thousand", async () => {
    const registry = new MetricsRegistry('weft');
    const metrics = new TransportMetrics(registry);
    for (let i = 0; i < 1000; i += 1) {
      metrics.failed(failed(`bogus.${i}`, 'deadLetter'));
      metrics.sent({ pattern: `bogus.${i}`, data: undefined });
    }
    metrics.failed(failed('x'.repeat(1_000_000), 'deadLetter'));
    metrics.processed({ queue: 'q', pattern: 'storage.put_object', durationMs: 5 });
    metrics.failed(failed('storage.put_object', 'retry'));
    metrics.handled({
      queue: 'q',
      pattern: 'storage.get_object',
      durationMs: 5,
      messageId: 'm',
    });
    const text = await registry.metrics();
    expect(text).toContain('weft_messages_failed_total{queue="q",pattern="storage.put_object"');
    expect(text).toMatch(/weft_message_duration_seconds_count\{[^}]*pattern="storage.get_object"/);
    expect(text.length).toBeLessThan(100_000);
  });
});
