import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of one application, including those of its process. */
export class MetricsRegistry extends Registry {
  /** @param service the label `service` of every metric */
  constructor(service: string) {
    super();
    this.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this });
  }
}
