import { describe, expect, it } from '@jest/globals';
import {
  MetricsRegistry,
  TransportMetrics,
} from '../../../../src/platform/telemetry/metrics/index.js';

describe('Transport metrics', () => {
  it('keep a bounded number of patterns, whatever a sender makes up', async () => {
    const registry = new MetricsRegistry('weft');
    const metrics = new TransportMetrics(registry);
    for (let i = 0; i < 1000; i += 1) metrics.failed('q', `storage.${i}`, 'deadLetter');
    metrics.failed('q', 'storage.0', 'retry');
    metrics.failed('q', undefined, 'retry');
    const failed = await registry.getSingleMetric('weft_messages_failed_total')?.get();
    const values = failed?.values ?? [];
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
      metrics.failed('q', `bogus.${i}`, 'deadLetter');
      metrics.sent(`bogus.${i}`);
    }
    metrics.failed('q', 'x'.repeat(1_000_000), 'deadLetter');
    metrics.processed('q', 'storage.put_object');
    metrics.failed('q', 'storage.put_object', 'retry');
    metrics.handled('q', 'storage.get_object', 5);
    const text = await registry.metrics();
    expect(text).toContain('weft_messages_failed_total{queue="q",pattern="storage.put_object"');
    expect(text).toMatch(/weft_message_duration_seconds_count\{[^}]*pattern="storage.get_object"/);
    expect(text.length).toBeLessThan(100_000);
  });
});
