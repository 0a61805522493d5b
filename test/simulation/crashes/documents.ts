import type { OutboxDocument } from '../../../src/platform/outbox/outbox.entry.js';
import type {
  DocumentCollection,
  Filter,
  Update,
} from '../../../src/platform/persistence/index.js';
import { checkedUpdate } from '../../../src/platform/persistence/check-update.js';
import { parseFilter } from '../../../src/platform/persistence/parse-filter.js';
import { applyUpdate } from '../../../src/platform/persistence/sqlite/evaluate/apply-update.js';
import { matches } from '../../../src/platform/persistence/sqlite/evaluate/match.js';
import type { Life } from './life.js';

type Documents = DocumentCollection<OutboxDocument>;

/** Documents that outlive every process, by the rules of the embedded store. */
export class SharedDocuments {
  readonly #documents = new Map<string, OutboxDocument>();

  insert(id: string): void {
    this.#documents.set(id, { _id: id });
  }

  all(): readonly OutboxDocument[] {
    return [...this.#documents.values()];
  }

  find(filter: Filter<OutboxDocument>, limit = Infinity): OutboxDocument[] {
    const node = parseFilter(filter);
    const found = this.all().filter((document) => matches(document, node));
    return structuredClone(found.slice(0, limit));
  }

  updateOne(filter: Filter<OutboxDocument>, update: Update<OutboxDocument>): OutboxDocument | null {
    const node = parseFilter(filter);
    const document = this.all().find((one) => matches(one, node));
    if (!document) return null;
    applyUpdate(document, checkedUpdate(update), false);
    return structuredClone(document);
  }

  deleteMany(filter: Filter<OutboxDocument>): number {
    const gone = this.find(filter);
    for (const { _id: id } of gone) this.#documents.delete(id);
    return gone.length;
  }

  /** As one process reaches them. Of the port what an outbox uses. */
  of(life: Life): Documents {
    const calls: Pick<Documents, 'find' | 'findOne' | 'updateOne' | 'deleteMany' | 'count'> = {
      find: (filter, options) => life.call('find', async () => this.find(filter, options?.limit)),
      findOne: (filter) => life.call('findOne', async () => this.find(filter, 1)[0] ?? null),
      updateOne: (filter, update) =>
        life.call('updateOne', async () => this.updateOne(filter, update)),
      deleteMany: (filter) => life.call('deleteMany', async () => this.deleteMany(filter)),
      count: (filter) => life.call('count', async () => this.find(filter ?? {}).length),
    };
    return calls as Documents;
  }
}
