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
});
