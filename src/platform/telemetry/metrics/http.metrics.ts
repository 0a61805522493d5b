import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Histogram } from 'prom-client';
import { MetricsRegistry } from './metrics.registry.js';

/** Seconds. A caller may wait half a minute for a Command. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Measures HTTP requests by the pattern of their route, never by the caller's path. */
@Injectable()
export class HttpMetrics {
  readonly #durations: Histogram<'method' | 'route' | 'status'>;

  constructor(registry: MetricsRegistry) {
    this.#durations = new Histogram({
      name: 'weft_http_request_duration_seconds',
      help: 'Time from request to answer',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATION_BUCKETS,
      registers: [registry],
    });
  }

  /** Express middleware. */
  readonly measure = (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    response.once('finish', () => {
      const { method } = request;
      const status = String(response.statusCode);
      const seconds = (performance.now() - startedAt) / 1000;
      this.#durations.observe({ method, route: routeOf(request), status }, seconds);
    });
    next();
  };
}

function routeOf({ route }: Request): string {
  const { path }: { path?: unknown } = (route as { path?: unknown } | undefined) ?? {};
  return typeof path === 'string' ? path : 'none';
}
