import { Inject, Injectable } from '@nestjs/common';
import {
  DuplicateKeyError,
  DocumentStore,
  type DocumentCollection,
} from '../../platform/persistence/index.js';
import { Outbox, withOutbox, type OutboxDocument } from '../../platform/outbox/index.js';
import { EventBus, type PreparedEvent } from '../event-bus/index.js';
import type { StoredOutcome } from './task.repository.js';
import { OUTCOME_TTL_MS, TASK_OUTCOME_KIND } from './tasks.constants.js';

interface OutcomeDocument extends OutboxDocument {
  task: string;
  outcome: StoredOutcome['outcome'];
  /** Set once its event is published. */
  expires_at?: Date;
}

/** The data in the outbox entry of a task's outcome. */
export interface OutcomeEntryData {
  readonly runId: string;
  readonly task: string;
  readonly outcome: StoredOutcome['outcome'];
  readonly prepared: PreparedEvent;
}

const TASK_OUTCOMES = withOutbox<OutcomeDocument>({
  name: 'task_outcomes',
  indexes: [{ fields: { expires_at: 1 }, expireAfterSeconds: 0 }],
});

/**
 * Publishes the events of runs, and remembers the runs for as long as their messages may be redelivered, because the
 * instance that knows its outcomes may be deleted by then.
 */
@Injectable()
export class TaskLedger {
  readonly #outcomes: DocumentCollection<OutcomeDocument>;

  constructor(
    @Inject(DocumentStore) store: DocumentStore,
    private readonly outbox: Outbox,
    private readonly bus: EventBus,
  ) {
    this.#outcomes = store.collection(TASK_OUTCOMES);
    outbox.relay(TASK_OUTCOMES);
    outbox.handle(TASK_OUTCOME_KIND, (data, { id }) => this.#publish(data as OutcomeEntryData, id));
  }

  async has(runId: string): Promise<boolean> {
    const found = await this.#outcomes.findOne({ _id: { $eq: runId } }, { projection: { _id: 1 } });
    return found !== null;
  }

  /** Stores the outcome of a run whose instance does not exist. A second outcome of the run changes nothing. */
  async store({ runId, task, outcome, entry }: StoredOutcome): Promise<void> {
    try {
      await this.#outcomes.insert({ _id: runId, task, outcome, outbox: [entry] });
    } catch (error) {
      if (error instanceof DuplicateKeyError) return;
      throw error;
    }
    this.outbox.wake(TASK_OUTCOMES, runId);
  }

  /**
   * Remembered before the event is published, because the instance may be deleted afterwards. Expiry starts only then,
   * because an expiring document would delete its entry too.
   */
  async #publish({ runId, task, outcome, prepared }: OutcomeEntryData, id: string): Promise<void> {
    const run = { _id: { $eq: runId } };
    await this.#outcomes.updateOne(run, { $setOnInsert: { task, outcome } }, { upsert: true });
    await this.bus.publishPrepared(prepared, id);
    const expires_at = new Date(Date.now() + OUTCOME_TTL_MS);
    await this.#outcomes.updateOne(run, { $set: { expires_at } }, { projection: { _id: 1 } });
  }
}
