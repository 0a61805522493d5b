import { accountOf, siblingArn, isArn } from '../../../common/arn.js';
import {
  declaredRedrive,
  deadLetterTarget,
  isOwnDeadLetter,
  type DeadLetterTarget,
} from '../declare/dead-letter-target.js';
import { queueEncryption } from '../declare/encryption.js';
import { isForeign, lastPart } from '../declare/names.js';
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
import type { PlanDraft, Step } from './plan-draft.js';
import { QueueCalls } from './queue.calls.js';
import type { ExistingQueue, TopologyState } from './topology-state.js';

/** Looks at queues and their dead-letter queues, and says what they need to be as declared. */
export class QueuePlanner {
  readonly #declared: ReadonlyMap<string, QueueDeclaration>;
  /** By the name of the declared queue. */
  readonly #targets = new Map<string, DeadLetterTarget>();

  constructor(
    private readonly calls: QueueCalls,
    private readonly state: TopologyState,
    private readonly draft: PlanDraft,
    private readonly declarations: readonly QueueDeclaration[],
  ) {
    this.#declared = new Map(
      declarations.filter(({ broadcast }) => !broadcast).map((one) => [one.name, one]),
    );
  }

  target({ name }: QueueDeclaration): DeadLetterTarget {
    return this.#targets.get(name) ?? { kind: 'none' };
  }

  /** Finds the queues, then those that their dead letters go to. */
  async look(): Promise<void> {
    await Promise.all([...this.#declared.keys()].map((name) => this.#find(name, '')));
    for (const declaration of this.declarations) {
      const existing = this.state.queues.get(declaration.name)?.attributes;
      // Without provisioning nothing is made, so that a queue that is missing has no dead-letter queue yet either.
      if (existing || declaration.broadcast || this.draft.compares)
        this.#targets.set(declaration.name, deadLetterTarget(declaration, existing));
    }
    await Promise.all(this.declarations.map((declaration) => this.#findDeadLetter(declaration)));
  }

  /** Queues that are missing, those first that others name as their dead-letter queue. */
  planCreations(
    withTies: (declaration: QueueDeclaration, queue: ExistingQueue) => Promise<ExistingQueue>,
  ): Step[] {
    const steps: Step[] = [];
    const planned = new Set<string>();
    const make = (name: string, owner: QueueDeclaration): void => {
      if (planned.has(name) || isForeign(name) || this.state.queues.has(name)) return;
      planned.add(name);
      const declaration = this.#declared.get(name);
      const target = declaration && this.target(declaration);
      if (declaration && target?.kind === 'named') make(target.name, declaration);
      steps.push(
        declaration
          ? this.#create(declaration, withTies)
          : this.#createDeadLetter(deadLetterSettings(name, owner)),
      );
    };
    for (const declaration of this.declarations) {
      const target = this.target(declaration);
      if (target.kind === 'named') make(target.name, declaration);
      if (!declaration.broadcast) make(declaration.name, declaration);
    }
    return steps;
  }

  /** What is declared of a queue that is there, and of the dead-letter queue that is its alone. */
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

  async #find(name: string, role: string): Promise<void> {
    const region = isForeign(name) ? QueueCalls.regionOf(name) : undefined;
    if (region !== undefined && region !== this.calls.region) {
      this.draft.problems.push(
        `queue ${name} is in ${region}, but this process works in ${this.calls.region}`,
      );
      return;
    }
    const found = await (isForeign(name) ? this.calls.findForeign(name) : this.calls.find(name));
    if (found) this.state.queues.set(name, found);
    else if (isForeign(name) || !this.draft.compares)
      this.draft.problems.push(`queue ${name}${role} does not exist`);
  }

  async #findDeadLetter(declaration: QueueDeclaration): Promise<void> {
    const { name, tags, encryption } = declaration;
    const target = this.target(declaration);
    if (target.kind === 'none') return;
    if (target.kind === 'named') {
      if (!this.#declared.has(target.name))
        await this.#find(target.name, `, the dead-letter queue of ${name},`);
      return;
    }
    const own = isOwnDeadLetter(declaration, target.arn) && this.draft.compares;
    if (own && (tags ?? encryption) !== undefined && !this.#declared.has(lastPart(target.arn)))
      await this.#find(lastPart(target.arn), '');
    await this.#findKept(name, target.arn);
  }

  /** A dead-letter queue nobody declared: where it cannot be sent to, SQS moves messages there all the same. */
  async #findKept(name: string, arn: string): Promise<void> {
    const url = await this.calls
      .findUrl(lastPart(arn), isForeign(name) ? accountOf(arn) : undefined)
      .catch((error: unknown) => {
        this.draft.warnings.push(
          `The dead-letter queue ${arn} of ${name} cannot be looked up (${String(error)}): what cannot be handled goes there after its last receive, without a reason`,
        );
        return undefined;
      });
    if (url !== undefined) this.state.deadLetterUrls.set(name, url);
  }

  #create(
    declaration: QueueDeclaration,
    withTies: (declaration: QueueDeclaration, queue: ExistingQueue) => Promise<ExistingQueue>,
  ): Step {
    const { name, attributes, tags } = ownSettings(declaration);
    const target = this.target(declaration);
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
        // With its redrive policy at once: what is not declared is never set on a queue that is there already.
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
        // Another process may have been faster, and declare it otherwise.
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
    const target = this.target(declaration);
    if (target.kind === 'none') return [];
    const name = target.kind === 'kept' ? lastPart(target.arn) : target.name;
    const queue = this.state.queues.get(name);
    if (!queue || this.#declared.has(name) || !isOwnDeadLetter(declaration, name)) return [];
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

  /** What is declared of a queue that is there; queues of its account are known by their names before they are made. */
  #wanted(
    declaration: QueueDeclaration,
    { arn, attributes }: ExistingQueue,
    state: TopologyState,
  ): QueueAttributes {
    const arnOf = (name: string): string =>
      state.queues.get(name)?.arn ?? (isArn(name) ? name : siblingArn(arn, name));
    const redrive = declaredRedrive(declaration, this.target(declaration), attributes, arnOf);
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
