import { NotRunError } from '../../../errors/index.js';
import { errorType } from '../../../observing/error-type.js';
import { SnsSqsBatchContext } from '../../../sns-sqs-batch.context.js';
import type { SnsSqsContext } from '../../../sns-sqs.context.js';
import type { TransportObserver } from '../../../transport.observer.js';
import { settled } from '../flatten.js';
import { HandlerStart } from '../handler.start.js';
import { nameOf, type RegisteredHandler } from '../handler.registry.js';
import type { IdempotencyGuard } from '../idempotency.guard.js';
import type { Lease } from '../../leases/lease.js';
import { HandlerFailure, type HandlerInvoker } from '../handler.invoker.js';
import { limitOf } from '../message.handlers.js';
import type { BoundQueue } from '../../../topology/index.js';
import type { ReadMessage } from '../message.reader.js';
import type { MessageSettlement } from '../../settling/message.settlement.js';
import { BatchTurn, type TurnOutcome } from './batch.turn.js';

/** One message of a batch. */
export interface BatchItem {
  readonly lease: Lease;
  /** Its payload is already validated. */
  readonly message: ReadMessage;
  readonly context: SnsSqsContext;
  /** Undefined until the message was handled, and for ever if its lease ran out before. */
  outcome?: TurnOutcome & { readonly durationMs: number };
}

/** Messages to settle in order: those of one FIFO group, or a single message. */
export type BatchRun = readonly BatchItem[];

export interface BatchRunnerDependencies {
  readonly queue: BoundQueue;
  readonly settlement: MessageSettlement;
  readonly invoker: HandlerInvoker;
  readonly observer: TransportObserver | undefined;
  readonly guard: IdempotencyGuard | undefined;
}

interface Turn {
  readonly item: BatchItem;
  readonly turn: BatchTurn;
}

/** The messages that a batch handler failed, with their errors. */
type Failures = ReadonlyMap<BatchItem, unknown>;

/** Runs the handler with one batch, and gives each message its own outcome. */
export class BatchRunner {
  constructor(
    private readonly dependencies: BatchRunnerDependencies,
    private readonly handler: RegisteredHandler,
    private readonly pattern: string,
  ) {}

  /** Never rejects. */
  async run(runs: readonly BatchRun[]): Promise<void> {
    const startedMs = performance.now();
    const begun = runs.map((run) => this.#begin(run));
    const asked = await Promise.all(begun.map(admittedOf));
    let admitted = asked;
    let failures: Failures | undefined;
    // Messages whose leases were lost before the handler began are left out; it gets the rest.
    while (!failures) {
      admitted = admitted.map((turns) => this.#stillOurs(turns));
      failures = await this.#handle(admitted.flat().map(({ item }) => item));
    }
    for (const turns of admitted) endInOrder(turns, failures);
    await Promise.all(
      begun.flat().map(async ({ item, turn }) => {
        const outcome = await turn.ended;
        item.outcome = { ...outcome, durationMs: performance.now() - startedMs };
      }),
    );
  }

  /** Leaves out messages whose lease ran out while they waited, and those behind them. */
  #begin(run: BatchRun): readonly Turn[] {
    const { settlement, guard } = this.dependencies;
    const lost = run.findIndex(({ lease }) => !settlement.startable(lease));
    return run.slice(0, lost === -1 ? run.length : lost).map((item) => {
      const call = {
        ...item,
        pattern: this.pattern,
        handler: nameOf(this.handler),
        kind: 'event',
      } as const;
      return { item, turn: new BatchTurn(guard, call) };
    });
  }

  /**
   * Checks the leases again, because the calls to the store took time. A message behind one with a lost lease must not
   * start.
   */
  #stillOurs(turns: readonly Turn[]): readonly Turn[] {
    const { settlement } = this.dependencies;
    const lost = turns.findIndex(({ item }) => !settlement.holds(item.lease));
    const end = lost === -1 ? turns.length : lost;
    for (const { turn } of turns.slice(end)) turn.end(NOT_OURS);
    return turns.slice(0, end);
  }

  /** Undefined if a lease was lost before the handler began; then no message was handled. */
  async #handle(items: readonly BatchItem[]): Promise<Failures | undefined> {
    const failures = new Map<BatchItem, unknown>();
    if (items.length === 0) return failures;
    const { invoker, observer, settlement } = this.dependencies;
    const { name: queue } = this.dependencies.queue.declaration;
    const startedMs = performance.now();
    let ended = false;
    let failed: string | undefined;
    const fail = (index: number, error: unknown): void => {
      if (ended) throw new Error('The batch has ended: the message was settled without this error');
      const item = items[index];
      if (item && !failures.has(item)) failures.set(item, error);
    };
    const { pattern } = this;
    const contexts = items.map(({ context }) => context);
    const limit = limitOf(this.handler, this.dependencies.queue);
    const timeout = limit?.timeout.signal;
    const context = new SnsSqsBatchContext(contexts, { queue, pattern, fail, timeout });
    const start = new HandlerStart(context, () =>
      items.every(({ lease }) => settlement.holds(lease)),
    );
    for (const { lease, message } of items) {
      const { messageId, receiveCount } = lease;
      const { data } = message;
      observer?.started?.({ queue, messageId, receiveCount, pattern: message.pattern, data });
    }
    try {
      const payloads = items.map(({ message }) => message.data);
      const work = async (): Promise<void> =>
        settled(
          start.run(() => this.handler.call(payloads, context)),
          async () => start.assertBegun(),
        );
      await invoker.handleBatch(context, work, limit);
    } catch (failure) {
      const error = HandlerFailure.of(failure).original;
      items.forEach((_item, index) => fail(index, error));
      failed = errorType(error);
    }
    ended = true;
    observer?.processed?.({
      queue,
      pattern,
      durationMs: performance.now() - startedMs,
      error: failed,
    });
    return start.refused ? undefined : failures;
  }
}

/** The turns for the handler: none behind a message of the same run that the store refuses for now. */
async function admittedOf(run: readonly Turn[]): Promise<readonly Turn[]> {
  const admitted: Turn[] = [];
  let refused = false;
  for (const one of run) {
    if (!(await one.turn.admitted)) refused ||= !(await one.turn.ended).ok;
    else if (refused) one.turn.end(BEHIND_A_FAILURE);
    else admitted.push(one);
  }
  return admitted;
}

/**
 * A failure also fails the messages behind it in its run, whatever the handler did with them: they must be handled
 * again, after it.
 */
function endInOrder(run: readonly Turn[], failures: Failures): void {
  let failed = false;
  for (const { item, turn } of run) {
    const own: TurnOutcome = failures.has(item)
      ? { ok: false, error: failures.get(item) }
      : { ok: true };
    turn.end(failed ? BEHIND_A_FAILURE : own);
    failed ||= !own.ok;
  }
}

const NOT_OURS: TurnOutcome = {
  ok: false,
  error: new NotRunError('The lease was lost before the batch began'),
};

const BEHIND_A_FAILURE: TurnOutcome = {
  ok: false,
  error: new NotRunError('An earlier message of its group failed'),
};
