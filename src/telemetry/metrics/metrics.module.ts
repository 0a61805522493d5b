import { Global, Module } from '@nestjs/common';
import { HttpMetrics } from './http.metrics.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsRegistry } from './metrics.registry.js';
import { TransportMetrics } from './transport.metrics.js';

/** `/metrics`. Give `TransportMetrics` to server and client as their observer. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [
    { provide: MetricsRegistry, useFactory: () => new MetricsRegistry() },
    TransportMetrics,
    HttpMetrics,
  ],
  exports: [MetricsRegistry, TransportMetrics, HttpMetrics],
})
export class MetricsModule {}
