import { isDeepStrictEqual } from 'node:util';
import { plainToInstance } from 'class-transformer';
import { isObject } from '../../common/objects.js';
import { WITHOUT_OUTBOX, type Outbox, type OutboxDocument } from '../../platform/outbox/index.js';
import type {
  CollectionDefinition,
  DocumentCollection,
  DocumentStore,
  Filter,
  Update,
} from '../../platform/persistence/index.js';
import { outcomeUpdate } from './outcome.update.js';
import type { TaskModel } from './task.options.js';
import type {
  LoadedInstance,
  Stored,
  StoredOutcome,
  TaskDocument,
  TaskRepository,
  TaskRepositoryDeclaration,
} from './task.repository.js';

type Fields = Record<string, unknown>;
/** The document's fields besides those of the instance, which only its class knows. */
type InstanceDocument = OutboxDocument & TaskDocument;

/**
 * Instances of a class as documents of a collection, in MongoDB or embedded. The document's `_id` is the instance's `id`;
 * its other fields have the same names.
 *
 * @param definition of `withOutbox`.
 * @param entity as events call it, for builds that change the names of classes. Default: the name of the class.
 * @example
 * export const USERS = withOutbox<UserDocument>({ name: 'users' });
 * TasksModule.forRoot({ …, repositories: [documentRepository(User, USERS)] });
 */
export function documentRepository<T extends object>(
  model: TaskModel<T>,
  definition: CollectionDefinition<never> | CollectionDefinition,
  entity = model.name,
): TaskRepositoryDeclaration<T> {
  const { name, indexes } = definition;
  return {
    model,
    entity,
    create: (store: DocumentStore, outbox: Outbox) => {
      const own: CollectionDefinition<InstanceDocument> = { name, ...(indexes && { indexes }) };
      outbox.relay(own);
      return new DocumentRepository(model, {
        documents: store.collection(own),
        wake: (id) => outbox.wake(own, id),
      });
    },
  };
}

interface Instances {
  readonly documents: DocumentCollection<InstanceDocument>;
  /** Publishes the outbox of a document. */
  readonly wake: (id: string) => void;
}

class DocumentRepository<T extends object> implements TaskRepository<T> {
  constructor(
    private readonly model: TaskModel<T>,
    private readonly instances: Instances,
  ) {}

  async load(id: string): Promise<LoadedInstance<T> | null> {
    const { documents } = this.instances;
    const document = await documents.findOne(byId(id), { projection: WITHOUT_OUTBOX });
    return document && new LoadedDocument(this.model, this.instances, document);
  }
}

class LoadedDocument<T extends object> implements LoadedInstance<T> {
  readonly instance: T;
  readonly #instances: Instances;
  readonly #id: string;
  readonly #before: Fields;
  readonly #runs: ReadonlySet<string>;

  constructor(
    model: TaskModel<T>,
    instances: Instances,
    { _id: id, task_outcomes: outcomes = [], ...fields }: InstanceDocument,
  ) {
    this.#instances = instances;
    this.#id = id;
    this.#before = fields;
    this.#runs = new Set(outcomes.map(({ run }) => run));
    // An abstract class can only be instantiated through a class that extends it.
    this.instance = plainToInstance(model as new () => T, { ...structuredClone(fields), id });
  }

  hasOutcome(runId: string): boolean {
    return this.#runs.has(runId);
  }

  async store(outcome: StoredOutcome): Promise<Stored> {
    const { set, push } = outcomeUpdate(outcome);
    const changes = outcome.withChanges ? this.#changes() : { set: {}, unset: {} };
    const sets = { ...changes.set, ...set };
    const update = {
      ...(Object.keys(sets).length > 0 && { $set: sets }),
      ...(Object.keys(changes.unset).length > 0 && { $unset: changes.unset }),
      $push: push,
    } as Update<InstanceDocument>;
    const { documents, wake } = this.#instances;
    const written = await documents.updateOne(
      { ...byId(this.#id), 'task_outcomes.run': { $ne: outcome.runId } },
      update,
      { projection: { _id: 1 } },
    );
    if (written !== null) {
      wake(this.#id);
      return 'stored';
    }
    const left = await documents.findOne(byId(this.#id), { projection: { _id: 1 } });
    return left === null ? 'gone' : 'known';
  }

  /** Field by field, so that changes by others in other fields are kept. */
  #changes(): { set: Fields; unset: Record<string, true> } {
    const { id: _id, ...after } = stored(this.instance) as Fields;
    const set: Fields = {};
    const unset: Record<string, true> = {};
    for (const [field, value] of Object.entries(after)) {
      if (!isDeepStrictEqual(value, this.#before[field])) set[field] = value;
    }
    for (const field of Object.keys(this.#before)) if (!(field in after)) unset[field] = true;
    return { set, unset };
  }
}

const byId = (id: string): Filter<InstanceDocument> => ({ _id: { $eq: id } });

/** The form that documents store: plain objects without undefined fields. */
function stored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stored);
  if (!isObject(value) || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined && typeof field !== 'function')
      .map(([name, field]) => [name, stored(field)]),
  );
}
