import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of one application, its process's own among them. */
export class MetricsRegistry extends Registry {
  constructor() {
    super();
    collectDefaultMetrics({ register: this });
  }
}
