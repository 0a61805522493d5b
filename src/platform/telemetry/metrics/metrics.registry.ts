import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of one application, its process's own among them. */
export class MetricsRegistry extends Registry {
  /** @param service the label `service` of every metric */
  constructor(service: string) {
    super();
    this.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this });
  }
}
