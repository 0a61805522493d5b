import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Outbox, type OutboxBacklog } from '../../outbox/index.js';
import { MetricsRegistry } from './metrics.registry.js';

/** A scrape reads three gauges, which share one query. */
const BACKLOG_TTL_MS = 1000;

/** The backlog of the outboxes, queried at each scrape, and the outcomes of their entries. */
@Injectable()
export class OutboxMetrics {
  readonly #outbox: Outbox;
  #asked: { readonly atMs: number; readonly backlog: Promise<OutboxBacklog[]> } | undefined;

  constructor(registry: MetricsRegistry, outbox: Outbox) {
    this.#outbox = outbox;
    this.#gauge(
      registry,
      'weft_outbox_oldest_seconds',
      'How long the oldest entry has been due',
      ({ oldestAgeMs }) => oldestAgeMs / 1000,
    );
    this.#gauge(
      registry,
      'weft_outbox_due',
      'Documents with an entry that is due',
      ({ due }) => due,
    );
    this.#gauge(
      registry,
      'weft_outbox_parked',
      'Documents with an entry that was given up',
      ({ parked }) => parked,
    );
    const registers: [] = [];
    const settled = new Counter({
      name: 'weft_outbox_settled_total',
      help: 'Entries of the outbox by what became of them: published, failed or parked',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    registry.registerMetric(settled);
    outbox.observe(({ kind: outcome, entry }) => {
      if (outcome !== 'postponed') settled.inc({ kind: entry.kind, outcome });
    });
  }

  #gauge(
    registry: MetricsRegistry,
    name: string,
    help: string,
    read: (backlog: OutboxBacklog) => number,
  ): void {
    const backlog = (): Promise<OutboxBacklog[]> => this.#backlog();
    const registers: [] = [];
    const gauge = new Gauge({
      name,
      help,
      labelNames: ['collection'],
      registers,
      async collect() {
        for (const one of await backlog()) this.set({ collection: one.collection }, read(one));
      },
    });
    registry.registerMetric(gauge);
  }

  /** If the store fails, these metrics are empty, but the others must stay readable. */
  #backlog(): Promise<OutboxBacklog[]> {
    const nowMs = performance.now();
    if (this.#asked === undefined || nowMs - this.#asked.atMs > BACKLOG_TTL_MS) {
      this.#asked = { atMs: nowMs, backlog: this.#outbox.backlog().catch(() => []) };
    }
    return this.#asked.backlog;
  }
}
