import type { MessageHandler } from '@nestjs/microservices';

import type { RetryOptions } from '../../retry.options.js';
import type { QueueDeclaration } from '../../topology/index.js';
import { covers, coveredBy } from '../../topology/declare/pattern.js';
import type { BatchOptions } from '../../decorators/batch.options.js';
import type { RunOptions } from '../../decorators/run-options.js';
import type { DeclaredHandler } from './declared-handlers.js';

/** One handler, as Nest registered it. */
export interface RegisteredHandler extends Omit<RunOptions, 'batch'> {
  readonly call: MessageHandler;
  /** Its declaration; undefined if the application is not known. */
  declared?: DeclaredHandler | undefined;
}

/** With an idempotency store, the start has refused handlers without a name. */
export const nameOf = ({ declared }: RegisteredHandler): string => declared?.name ?? '';

/** The back-off for messages of these handlers: that of the first handler that has one. */
export const retryOf = ({ handlers }: PatternHandlers): RetryOptions | undefined =>
  handlers.find(({ retry }) => retry)?.retry;

/** Whether the work must be done whether or not an answer is awaited; always true for events. */
export const isDurable = ({ isEvent, handlers }: PatternHandlers): boolean =>
  isEvent || handlers[0]?.durable === true;

/** The handlers a message goes to: one for requests, or any number for events. */
export interface PatternHandlers {
  /** As registered; may end in a `*`. */
  readonly pattern: string;
  readonly isEvent: boolean;
  readonly handlers: readonly RegisteredHandler[];
  /** Present if the handler takes its messages in batches; it is then the only handler. */
  readonly batch?: BatchOptions | undefined;
}

/** All registrations of one pattern, including faulty ones. */
export interface PatternEntry extends PatternHandlers {
  readonly handlers: RegisteredHandler[];
  /** The kind of handler that allows no other on its pattern. */
  conflict?: 'batch' | 'request';
}

/** A registration without a valid pattern. */
interface OddPattern {
  readonly pattern: unknown;
  readonly handler: RegisteredHandler;
}

interface Table {
  readonly exact: ReadonlyMap<string, PatternHandlers>;
  /** The longest first, as it is the most specific. */
  readonly wildcards: readonly PatternHandlers[];
}

/**
 * Every handler by pattern. Nest's base class chains event handlers with
 * forkJoin, which can end before each of them has; here they stay a list.
 *
 * A pattern may end in a `*`. Every event handler whose pattern fits a message takes it.
 */
export class HandlerRegistry {
  readonly #entries = new Map<string, PatternEntry>();
  readonly #odd: OddPattern[] = [];
  #table: Table | undefined;

  get entries(): readonly PatternEntry[] {
    return [...this.#entries.values()];
  }

  /** Registrations without a valid pattern; the start refuses them. */
  get odd(): readonly OddPattern[] {
    return this.#odd;
  }

  add(
    pattern: string,
    call: MessageHandler,
    isEvent: boolean,
    { batch, ...options }: RunOptions = {},
  ): void {
    this.#table = undefined;
    const handler = { call, ...options };
    const entry = this.#entries.get(pattern);
    if (!entry) this.#entries.set(pattern, { pattern, isEvent, handlers: [handler], batch });
    else {
      // Kept, so that an error can name it.
      entry.handlers.push(handler);
      if (!(isEvent && entry.isEvent && !batch && !entry.batch))
        entry.conflict = batch || entry.batch ? 'batch' : 'request';
    }
  }

  /** Records a registration that no message can ever reach. */
  refuse(pattern: unknown, call: MessageHandler): void {
    this.#odd.push({ pattern, handler: { call } });
  }

  /**
   * Gives each handler its declaration. Nest registers the handlers of a pattern in the order in which it finds them.
   */
  name(declared: readonly DeclaredHandler[], normalize: (pattern: unknown) => unknown): void {
    const byPattern = Map.groupBy(declared, ({ pattern }) => normalize(pattern));
    for (const { pattern, handlers } of this.#entries.values()) {
      const names = byPattern.get(pattern) ?? [];
      // Different counts mean that the order is unknown, and a wrong name is worse than none.
      if (names.length !== handlers.length) continue;
      for (const [index, handler] of handlers.entries()) handler.declared = names[index];
    }
    for (const { pattern, handler } of this.#odd)
      handler.declared = declared.find((one) => Object.is(one.pattern, pattern));
  }

  /** The handlers a message of this queue goes to; undefined when the queue carries no such pattern. */
  resolve(queue: QueueDeclaration, pattern: string): PatternHandlers | undefined {
    const { exact, wildcards } = (this.#table ??= this.#complete());
    const own = coveredBy(queue.patterns, pattern)
      ? (exact.get(pattern) ?? wildcards.find((one) => covers(one.pattern, pattern)))
      : undefined;
    return own ?? (queue.fallback === undefined ? undefined : exact.get(queue.fallback));
  }

  /** Whether any handler takes messages of this queue. */
  handles(queue: QueueDeclaration): boolean {
    return [...this.#entries.keys()].some((pattern) => carries(queue, pattern));
  }

  /**
   * Adds to each pattern the wildcards that match it; of two wildcards that match one message, one matches the other.
   */
  #complete(): Table {
    const entries = this.entries;
    const complete = entries.map((entry): PatternHandlers => ({
      ...entry,
      handlers: [
        ...entry.handlers,
        ...wildcardsOver(entry, entries).flatMap(({ handlers }) => handlers),
      ],
    }));
    return {
      exact: new Map(complete.map((one) => [one.pattern, one])),
      wildcards: complete
        .filter(({ pattern }) => pattern.endsWith('*'))
        .toSorted((one, other) => other.pattern.length - one.pattern.length),
    };
  }
}

/** The wildcards that match every message of this pattern. */
export const wildcardsOver = (
  { pattern }: PatternHandlers,
  entries: readonly PatternEntry[],
): readonly PatternEntry[] =>
  entries.filter(
    (other) =>
      other.pattern !== pattern && other.pattern.endsWith('*') && covers(other.pattern, pattern),
  );

/** Whether messages of a queue may reach the handlers of a pattern. */
export const carries = ({ patterns, fallback }: QueueDeclaration, pattern: string): boolean =>
  (fallback !== undefined && fallback === pattern) ||
  coveredBy(patterns, pattern) ||
  (pattern.endsWith('*') && patterns.some((one) => covers(pattern, one)));
