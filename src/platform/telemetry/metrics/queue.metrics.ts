import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { SnsSqsServer } from '../../../transport/index.js';
import { MetricsRegistry } from './metrics.registry.js';

/** The state of each consumed queue, read at each scrape. */
@Injectable()
export class QueueMetrics {
  constructor(registry: MetricsRegistry, server: SnsSqsServer) {
    // Registered below, not by the constructor.
    const registers: [] = [];
    const labelNames = ['queue'] as const;
    const inFlightMessages = new Gauge({
      name: 'weft_messages_in_flight',
      help: 'Messages received and not settled',
      labelNames,
      registers,
      collect() {
        for (const { queue, inFlight } of server.health()) this.set({ queue }, inFlight);
      },
    });
    const queueUp = new Gauge({
      name: 'weft_queue_up',
      help: 'Whether the queue can be received from: 0 when it is down or stalled',
      labelNames,
      registers,
      collect() {
        for (const { queue, state } of server.health()) {
          this.set({ queue }, state === 'down' || state === 'stalled' ? 0 : 1);
        }
      },
    });
    registry.registerMetric(inFlightMessages);
    registry.registerMetric(queueUp);
  }
}
