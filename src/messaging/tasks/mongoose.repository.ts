import type { HydratedDocument, Model } from 'mongoose';
import { WITHOUT_OUTBOX, withOutbox, type Outbox } from '../../platform/outbox/index.js';
import { InvalidOptionsError } from '../../transport/errors/index.js';
import { outcomeUpdate } from './outcome.update.js';
import type {
  LoadedInstance,
  Stored,
  StoredOutcome,
  TaskDocument,
  TaskRepository,
  TaskRepositoryDeclaration,
} from './task.repository.js';

/**
 * Instances of a mongoose model, on that model's connection. A task gets the hydrated document and need not save it;
 * the schema validates its changes. `pre('save')` and `post('save')` do not run, because changes and outcome are
 * written in one update.
 *
 * @throws {InvalidOptionsError} for a schema whose `_id` is no text.
 * @example
 * const UserModel = mongoose.model('User', new Schema({ _id: String, email: String, isActive: Boolean }));
 * TasksModule.forRoot({ tasks: [RegisterUserTask], repositories: [mongooseRepository(UserModel)] });
 */
export function mongooseRepository<T>(
  model: Model<T>,
): TaskRepositoryDeclaration<HydratedDocument<T>> {
  const { modelName, schema } = model;
  if (schema.path('_id')?.instance !== 'String') {
    throw new InvalidOptionsError(
      `The model ${modelName} has ids that are not strings, and an outbox requires strings. Declare _id: String in its schema`,
    );
  }
  return {
    model,
    entity: modelName,
    create: async (_store, outbox) => new MongooseRepository(model, await relayed(model, outbox)),
  };
}

/** Publishes the outboxes of the model's documents. @returns a function that wakes one. */
async function relayed<T>(model: Model<T>, outbox: Outbox): Promise<(id: string) => void> {
  // Loads mongoose's driver here, because an application without such a model need not have it.
  const { MongooseCollection } =
    await import('../../platform/persistence/mongoose/mongoose.collection.js');
  const definition = withOutbox({ name: model.collection.collectionName });
  const connected = async () => {
    const { db } = await model.db.asPromise();
    if (db === undefined)
      throw new Error(`The connection of the model ${model.modelName} is closed`);
    return db;
  };
  outbox.relay(definition, new MongooseCollection(definition, connected));
  return (id) => outbox.wake(definition, id);
}

class MongooseRepository<T> implements TaskRepository<HydratedDocument<T>> {
  constructor(
    private readonly model: Model<T>,
    private readonly wake: (id: string) => void,
  ) {}

  async load(id: string): Promise<LoadedInstance<HydratedDocument<T>> | null> {
    const [remembered, instance] = await Promise.all([
      this.#native().findOne({ _id: id }, { projection: { task_outcomes: 1 } }),
      this.model.findById(id, WITHOUT_OUTBOX).exec(),
    ]);
    if (instance === null) return null;
    const runs = new Set((remembered?.task_outcomes ?? []).map(({ run }) => run));
    return {
      instance,
      hasOutcome: (runId) => runs.has(runId),
      store: (outcome) => this.#store(id, instance, outcome),
    };
  }

  async #store(id: string, instance: HydratedDocument<T>, outcome: StoredOutcome): Promise<Stored> {
    const { set, push } = outcomeUpdate(outcome);
    const { $set, $push, ...changes } = outcome.withChanges ? await changesOf(instance) : {};
    const sets = { ...$set, ...set };
    // By the driver: a strict schema would drop the outbox.
    const written = await this.#native().findOneAndUpdate(
      { _id: id, 'task_outcomes.run': { $ne: outcome.runId } },
      {
        ...changes,
        ...(Object.keys(sets).length > 0 && { $set: sets }),
        $push: { ...$push, ...push },
      },
      { projection: { _id: 1 } },
    );
    if (written !== null) {
      this.wake(id);
      return 'stored';
    }
    const left = await this.#native().findOne({ _id: id }, { projection: { _id: 1 } });
    return left === null ? 'gone' : 'known';
  }

  #native() {
    return this.model.db.collection<TaskDocument & { _id: string }>(
      this.model.collection.collectionName,
    );
  }
}

interface MongoUpdate {
  readonly $set?: Readonly<Record<string, unknown>>;
  readonly $push?: Readonly<Record<string, unknown>>;
}

async function changesOf(instance: {
  validate: () => Promise<void>;
  $getChanges: () => unknown;
}): Promise<MongoUpdate> {
  await instance.validate();
  return instance.$getChanges() as MongoUpdate;
}
