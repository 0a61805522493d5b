import { accountOf } from '../../../common/arn.js';
import {
  deadLetterTarget,
  isOwnDeadLetter,
  type DeadLetterTarget,
} from '../declare/dead-letter-target.js';
import { isForeign, lastPart } from '../../../common/resource-names.js';
import type { QueueDeclaration } from '../declare/topology.js';
import type { PlanDraft } from './plan-draft.js';
import { QueueCalls } from './queue.calls.js';
import type { TopologyState } from './topology-state.js';

/** Finds declared queues and their dead-letter queues. */
export class QueueFinder {
  /** Declarations by name, without broadcasts, whose queues each process creates. */
  readonly declared: ReadonlyMap<string, QueueDeclaration>;
  /** By the name of the declared queue. */
  readonly #targets = new Map<string, DeadLetterTarget>();

  constructor(
    private readonly calls: QueueCalls,
    private readonly state: TopologyState,
    private readonly draft: PlanDraft,
    private readonly declarations: readonly QueueDeclaration[],
  ) {
    this.declared = new Map(
      declarations.filter(({ broadcast }) => !broadcast).map((one) => [one.name, one]),
    );
  }

  target({ name }: QueueDeclaration): DeadLetterTarget {
    return this.#targets.get(name) ?? { kind: 'none' };
  }

  /** Finds the queues, then their dead-letter queues. */
  async look(): Promise<void> {
    await Promise.all([...this.declared.keys()].map((name) => this.#find(name, '')));
    for (const declaration of this.declarations) {
      const existing = this.state.queues.get(declaration.name)?.attributes;
      // Without provisioning a missing queue is not created, so it has no dead-letter queue either.
      if (existing || declaration.broadcast || this.draft.compares)
        this.#targets.set(declaration.name, deadLetterTarget(declaration, existing));
    }
    await Promise.all(this.declarations.map((declaration) => this.#findDeadLetter(declaration)));
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
      if (!this.declared.has(target.name))
        await this.#find(target.name, `, the dead-letter queue of ${name},`);
      return;
    }
    const own = isOwnDeadLetter(declaration, target.arn) && this.draft.compares;
    if (own && (tags ?? encryption) !== undefined && !this.declared.has(lastPart(target.arn)))
      await this.#find(lastPart(target.arn), '');
    await this.#findKept(name, target.arn);
  }

  /**
   * An undeclared dead-letter queue of the redrive policy. If this process cannot send to it, SQS still moves messages
   * there.
   */
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
}
