import { Global, Module } from '@nestjs/common';
import { TRANSPORT_OBSERVER } from '../../../messaging/index.js';
import { SETTINGS, type Settings } from '../../config/index.js';
import { HttpMetrics } from './http.metrics.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsRegistry } from './metrics.registry.js';
import { OutboxMetrics } from './outbox.metrics.js';
import { QueueMetrics } from './queue.metrics.js';
import { TransportMetrics } from './transport.metrics.js';

/** `/metrics`, and the observer that server and client report to. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [
    {
      provide: MetricsRegistry,
      useFactory: ({ serviceName }: Settings) => new MetricsRegistry(serviceName),
      inject: [SETTINGS],
    },
    TransportMetrics,
    HttpMetrics,
    QueueMetrics,
    OutboxMetrics,
    { provide: TRANSPORT_OBSERVER, useExisting: TransportMetrics },
  ],
  exports: [MetricsRegistry, TransportMetrics, HttpMetrics, TRANSPORT_OBSERVER],
})
export class MetricsModule {}
