export { HttpMetrics } from './http.metrics.js';
export { MetricsModule } from './metrics.module.js';
export { MetricsRegistry } from './metrics.registry.js';
export { TransportMetrics } from './transport.metrics.js';
