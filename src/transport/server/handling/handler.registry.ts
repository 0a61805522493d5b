import type { MessageHandler } from '@nestjs/microservices';

import { TopologyError } from '../../errors/index.js';
import type { QueueDeclaration, Topology } from '../../topology/index.js';
import { coveredBy } from '../../topology/declare/pattern.js';
import { batchFaults, type BatchOptions } from './batch/batch.options.js';

/** The handlers of one pattern: one for requests, or any number for events. */
export interface PatternHandlers {
  readonly pattern: string;
  readonly isEvent: boolean;
  readonly handlers: readonly MessageHandler[];
  /** Given when the handler takes its messages in batches; it is the only one then. */
  readonly batch?: BatchOptions | undefined;
}

interface Entry extends PatternHandlers {
  readonly handlers: MessageHandler[];
}

/**
 * Every handler by pattern. Nest's base class chains event handlers with
 * forkJoin, which can end before each of them has; here they stay a list.
 */
export class HandlerRegistry {
  readonly #entries = new Map<string, Entry>();
  /** What claims its pattern for itself, by pattern. */
  readonly #conflicts = new Map<string, 'batch' | 'request'>();

  add(pattern: string, handler: MessageHandler, isEvent: boolean, batch?: BatchOptions): void {
    const entry = this.#entries.get(pattern);
    if (!entry) this.#entries.set(pattern, { pattern, isEvent, handlers: [handler], batch });
    else if (isEvent && entry.isEvent && !batch && !entry.batch) entry.handlers.push(handler);
    else this.#conflicts.set(pattern, batch || entry.batch ? 'batch' : 'request');
  }

  /** The handlers a message of this queue goes to; undefined when the queue carries no such pattern. */
  resolve(queue: QueueDeclaration, pattern: string): PatternHandlers | undefined {
    const own = coveredBy(queue.patterns, pattern) ? this.#entries.get(pattern) : undefined;
    return own ?? (queue.fallback === undefined ? undefined : this.#entries.get(queue.fallback));
  }

  /** Whether any handler takes messages of this queue. */
  handles(queue: QueueDeclaration): boolean {
    return [...this.#entries.keys()].some((pattern) => carries(queue, pattern));
  }

  /**
   * Holds handlers against queues, before the first message.
   *
   * @param names what stands behind a pattern, such as `OrdersController.place`.
   * @returns warnings: queues nobody handles.
   * @throws TopologyError naming every pattern that is claimed twice or carried by no queue.
   */
  check(topology: Topology, names: (pattern: string) => readonly string[]): string[] {
    const called = (pattern: string): string => {
      const found = names(pattern);
      return found.length > 0 ? ` (${found.join(', ')})` : '';
    };
    const faults = [
      ...[...this.#conflicts].map(
        ([pattern, kind]) =>
          `pattern "${pattern}"${called(pattern)}: a ${kind} handler must be its only handler`,
      ),
      ...[...this.#entries.values()].flatMap(({ pattern, batch = {} }) =>
        batchFaults(batch).map((fault) => `pattern "${pattern}"${called(pattern)}: ${fault}`),
      ),
      ...[...this.#entries.values()].flatMap(({ pattern, isEvent }) =>
        (isEvent ? [] : topology.queues)
          .filter((queue) => queue.broadcast && carries(queue, pattern))
          .map(
            ({ name }) =>
              `pattern "${pattern}"${called(pattern)}: takes requests, which every process would answer, as ${name} is a broadcast`,
          ),
      ),
      ...[...this.#entries.keys()]
        .filter((pattern) => !topology.queues.some((queue) => carries(queue, pattern)))
        .map(
          (pattern) =>
            `pattern "${pattern}"${called(pattern)}: no queue carries it; queues: ${queueNames(topology)}`,
        ),
    ];
    if (faults.length > 0) {
      throw new TopologyError(
        `Handlers and queues do not fit together:\n  ${faults.join('\n  ')}`,
        { details: { faults } },
      );
    }
    return topology.queues
      .filter((queue) => queue.patterns.length > 0 && !this.handles(queue))
      .map(
        ({ name, patterns }) =>
          `Queue ${name} carries ${patterns.join(', ')}, but no handler takes any of it: it is not received from`,
      );
  }
}

const carries = ({ patterns, fallback }: QueueDeclaration, pattern: string): boolean =>
  fallback === pattern || coveredBy(patterns, pattern);

const queueNames = ({ queues }: Topology): string =>
  queues.map(({ name }) => name).join(', ') || 'none';
