import { isArn, siblingArn } from '../../../common/arn.js';
import { declaredRedrive, isOwnDeadLetter } from '../declare/dead-letter-target.js';
import { queueEncryption } from '../declare/encryption.js';
import { isForeign, lastPart } from '../../../common/resource-names.js';
import type { QueueAttributes } from '../declare/queue-attributes.js';
import {
  deadLetterSettings,
  declaredAttributes,
  differing,
  maxReceiveCount,
  ownSettings,
  redriveAllowPolicy,
  type QueueSettings,
} from '../declare/queue-settings.js';
import { forCreation, inWords } from '../declare/settings.js';
import { missingTags } from '../declare/tags.js';
import type { QueueDeclaration, Tags } from '../declare/topology.js';
import type { Step } from './plan-draft.js';
import type { QueueCalls } from './queue.calls.js';
import type { QueueFinder } from './queue.finder.js';
import type { ExistingQueue, TopologyState } from './topology-state.js';

/** Plans the changes that queues and their dead-letter queues need. */
export class QueuePlanner {
  constructor(
    private readonly calls: QueueCalls,
    private readonly state: TopologyState,
    private readonly finder: QueueFinder,
    private readonly declarations: readonly QueueDeclaration[],
  ) {}

  /** Plans missing queues, dead-letter queues before the queues that name them. */
  planCreations(
    withTies: (declaration: QueueDeclaration, queue: ExistingQueue) => Promise<ExistingQueue>,
  ): Step[] {
    const steps: Step[] = [];
    const planned = new Set<string>();
    const make = (name: string, owner: QueueDeclaration): void => {
      if (planned.has(name) || isForeign(name) || this.state.queues.has(name)) return;
      planned.add(name);
      const declaration = this.finder.declared.get(name);
      const target = declaration && this.finder.target(declaration);
      if (declaration && target?.kind === 'named') make(target.name, declaration);
      steps.push(
        declaration
          ? this.#create(declaration, withTies)
          : this.#createDeadLetter(deadLetterSettings(name, owner)),
      );
    };
    for (const declaration of this.declarations) {
      const target = this.finder.target(declaration);
      if (target.kind === 'named') make(target.name, declaration);
      if (!declaration.broadcast) make(declaration.name, declaration);
    }
    return steps;
  }

  /** Plans the changes of an existing queue and of its own dead-letter queue. */
  async planChanges(declaration: QueueDeclaration): Promise<Step[]> {
    const queue = this.state.queues.get(declaration.name);
    return [
      ...(await this.#planDeadLetter(declaration)),
      ...(queue && !declaration.broadcast && !isForeign(declaration.name)
        ? [
            ...(await this.#planTags(queue, declaration.tags)),
            ...this.#planSet(queue, (state) =>
              this.#wanted(declaration, state.queue(queue.name), state),
            ),
          ]
        : []),
    ];
  }

  #create(
    declaration: QueueDeclaration,
    withTies: (declaration: QueueDeclaration, queue: ExistingQueue) => Promise<ExistingQueue>,
  ): Step {
    const { name, attributes, tags } = ownSettings(declaration);
    const target = this.finder.target(declaration);
    const count = maxReceiveCount(declaration);
    return {
      change: {
        action: 'create',
        kind: 'queue',
        name,
        differences: [],
        settings: {
          ...(forCreation(attributes) as Record<string, string>),
          ...(target.kind === 'named' && {
            RedrivePolicy: `to ${target.name} after ${count} receives`,
          }),
        },
      },
      apply: async (state) => {
        // Includes the redrive policy, because undeclared settings are never set on an existing queue.
        const redrive = target.kind === 'named' && {
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: state.queue(target.name).arn,
            maxReceiveCount: count,
          }),
        };
        const made = await this.calls.create({
          name,
          tags,
          attributes: { ...attributes, ...redrive },
        });
        state.queues.set(name, made);
        // Another process may have created it first, with another declaration.
        const aligned = await this.#align(made, this.#wanted(declaration, made, state));
        state.queues.set(name, aligned);
        state.queues.set(name, await withTies(declaration, aligned));
      },
    };
  }

  #createDeadLetter(settings: QueueSettings): Step {
    const { name, attributes } = settings;
    return {
      change: {
        action: 'create',
        kind: 'queue',
        name,
        differences: [],
        settings: forCreation(attributes) as Record<string, string>,
      },
      apply: async (state) => {
        state.queues.set(name, await this.calls.create(settings));
      },
    };
  }

  async #planDeadLetter(declaration: QueueDeclaration): Promise<Step[]> {
    const target = this.finder.target(declaration);
    if (target.kind === 'none') return [];
    const name = target.kind === 'kept' ? lastPart(target.arn) : target.name;
    const queue = this.state.queues.get(name);
    if (!queue || this.finder.declared.has(name) || !isOwnDeadLetter(declaration, name)) return [];
    const wanted = queueEncryption(declaration.encryption);
    return [
      ...(await this.#planTags(queue, declaration.tags)),
      ...this.#planSet(queue, () => wanted),
    ];
  }

  async #planTags(queue: ExistingQueue, declared: Tags = {}): Promise<Step[]> {
    if (Object.keys(declared).length === 0) return [];
    const { differences, tags } = missingTags(await this.calls.tagsOf(queue), declared);
    if (differences.length === 0) return [];
    return [
      {
        change: { action: 'change', kind: 'queue', name: queue.name, differences, settings: {} },
        apply: () => this.calls.tag(queue, tags),
      },
    ];
  }

  #planSet(queue: ExistingQueue, wantedOf: (state: TopologyState) => QueueAttributes): Step[] {
    const { name, attributes } = queue;
    const wanted = wantedOf(this.state);
    const names = differing(attributes, wanted);
    if (names.length === 0) return [];
    return [
      {
        change: {
          action: 'change',
          kind: 'queue',
          name,
          differences: names.map((one) => inWords(one, attributes, wanted)),
          settings: Object.fromEntries(names.map((one) => [one, wanted[one] ?? ''])),
        },
        apply: async (state) => {
          state.queues.set(name, await this.#align(state.queue(name), wantedOf(state)));
        },
      },
    ];
  }

  #align(queue: ExistingQueue, wanted: QueueAttributes): Promise<ExistingQueue> {
    const changes = differing(queue.attributes, wanted).map((one) => [one, wanted[one] ?? '']);
    return this.calls.set(queue, Object.fromEntries(changes) as QueueAttributes);
  }

  /** The declared attributes of an existing queue; the ARNs of queues in its account follow from their names. */
  #wanted(
    declaration: QueueDeclaration,
    { arn, attributes }: ExistingQueue,
    state: TopologyState,
  ): QueueAttributes {
    const arnOf = (name: string): string =>
      state.queues.get(name)?.arn ?? (isArn(name) ? name : siblingArn(arn, name));
    const redrive = declaredRedrive(
      declaration,
      this.finder.target(declaration),
      attributes,
      arnOf,
    );
    const allow = redriveAllowPolicy(declaration, (name) =>
      isArn(name) ? name : siblingArn(arn, name),
    );
    return {
      ...declaredAttributes(declaration),
      ...(redrive !== undefined && { RedrivePolicy: redrive }),
      ...(allow !== undefined && { RedriveAllowPolicy: JSON.stringify(allow) }),
    };
  }
}
