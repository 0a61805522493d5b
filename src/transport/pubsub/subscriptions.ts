import { InvalidOptionsError, type SnsSqsContext } from '../index.js';
import { SchemaPipe } from '../decorators/schema.pipe.js';
import type { PayloadShape } from '../validation/payload-shape.js';
import { loadValidation } from '../validation/load-validation.js';
import { isStandardSchema } from '../validation/payload-shape.js';

/**
 * Handles each event of a topic. When it succeeds, the message is deleted; when it throws, the error decides what
 * happens to the message, as for any handler.
 */
export type EventHandler<T> = (event: T, context: SnsSqsContext) => unknown;

/** A handler of one topic, which first validates the event. */
type Subscription = (payload: unknown, context: SnsSqsContext) => Promise<unknown>;

/** Handlers by topic. */
export class Subscriptions {
  readonly #byTopic = new Map<string, Subscription[]>();
  readonly #shapes = new Set<PayloadShape>();

  /** @throws TypeError for what is neither a class nor a Standard Schema. */
  add<T>(topic: string, shape: PayloadShape<T>, handler: EventHandler<T>): void {
    const pipe = new SchemaPipe<T>(shape);
    this.#shapes.add(shape);
    const known = this.#byTopic.get(topic) ?? [];
    known.push(async (payload, context) => handler(await pipe.validate(payload), context));
    this.#byTopic.set(topic, known);
  }

  get topics(): readonly string[] {
    return [...this.#byTopic.keys()];
  }

  of(topic: string): readonly Subscription[] {
    return this.#byTopic.get(topic) ?? [];
  }

  /** @throws InvalidOptionsError naming each class without checks. */
  checkShapes(): Promise<void> {
    return refuseUnchecked([...this.#shapes]);
  }
}

/** A class whose decorators were forgotten would accept every event. */
export async function refuseUnchecked(shapes: readonly PayloadShape[]): Promise<void> {
  const classes = shapes.filter((shape) => !isStandardSchema(shape));
  if (classes.length === 0) return;
  const { hasChecks } = await loadValidation();
  const faults = classes
    .filter((type) => !hasChecks(type))
    .map((type) => `${(type as Function).name} has no decorators of class-validator`);
  if (faults.length > 0)
    throw new InvalidOptionsError(
      `Events cannot be checked: ${faults.join('; ')}. Add them, or subscribe with a schema.`,
      { details: { faults } },
    );
}
