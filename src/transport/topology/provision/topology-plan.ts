import { Logger } from '@nestjs/common';

import { brokerOf, type BrokerClients } from '../../broker/broker-of.js';
import type { Broker } from '../../broker/broker.js';
import { TopologyError } from '../../errors/index.js';
import type { Topology } from '../declare/topology.js';
import type { Step } from './plan-draft.js';
import { changeText, differencesOf, type TopologyChange } from './topology-change.js';
import { TopologyPlanner } from './topology.planner.js';

/** The SDK clients, such as an `AwsClients`, or the driver of another broker. */
export type TopologyClients = BrokerClients | Broker;

/**
 * The changes that `provision: 'create'` would make; nothing has been changed yet. `JSON.stringify` writes region,
 * changes, problems and warnings; as text it is one line for each.
 *
 * @example
 * const plan = await planTopology(topology, aws);
 * console.log(String(plan));
 * if (plan.problems.length === 0) await plan.apply();
 * @see https://developer.hashicorp.com/terraform/cli/commands/plan
 */
export class TopologyPlan {
  /** The changes, in the order in which they are made; empty if AWS matches the topology. */
  readonly changes: readonly TopologyChange[];
  readonly #steps: readonly Step[];
  readonly #planner: TopologyPlanner;
  readonly #logger = new Logger('Topology');

  /** Created by `planTopology`. */
  constructor(
    /** Region of the queues, and of topics that are named by their names. */
    readonly region: string,
    steps: readonly Step[],
    planner: TopologyPlanner,
  ) {
    this.#steps = steps;
    this.#planner = planner;
    this.changes = steps.map(({ change }) => change);
  }

  /**
   * Problems that no change can solve, such as a queue by URL that does not exist. With a problem, nothing is applied.
   */
  get problems(): readonly string[] {
    return this.#planner.draft.problems;
  }

  /** Oddities that need no change. */
  get warnings(): readonly string[] {
    return this.#planner.draft.warnings;
  }

  /** A text for every difference; `provision: 'verify'` fails with them. */
  get differences(): readonly string[] {
    return [...this.problems, ...this.changes.flatMap(differencesOf)];
  }

  /**
   * Makes the changes, each after a line in the log. If it fails in between, plan and apply again.
   *
   * @returns the changes made.
   * @throws TopologyError when there are problems; otherwise AWS's errors.
   */
  async apply(): Promise<readonly TopologyChange[]> {
    this.refuseProblems();
    for (const { change, apply } of this.#steps) {
      const { action, kind, name, differences } = change;
      this.#logger.log('Changing the topology', { action, kind, name, differences });
      await apply(this.#planner.state);
    }
    return this.changes;
  }

  /**
   * Does nothing if there are no problems.
   *
   * @throws TopologyError naming each problem.
   */
  refuseProblems(): void {
    if (this.problems.length > 0) throw differs(this.region, this.problems);
  }

  /** Region, changes, problems and warnings. */
  toJSON(): object {
    const { region, changes, problems, warnings } = this;
    return { region, changes, problems, warnings };
  }

  /** One line for each change, problem and warning. */
  toString(): string {
    const lines = [
      ...this.changes.map(changeText),
      ...this.problems.map((problem) => `problem: ${problem}`),
      ...this.warnings.map((warning) => `warning: ${warning}`),
    ];
    return lines.length === 0 ? 'No changes: AWS matches the topology' : lines.join('\n');
  }
}

/**
 * Compares AWS with a topology, without changing anything, and returns the changes needed. Options left out of the
 * topology are never compared or changed. `weft topology plan` prints the plan, `apply` makes the changes, and `verify`
 * fails unless there are none.
 *
 * @throws the SDK's errors, such as for a missing permission.
 * @example
 * const plan = await planTopology(topology, new AwsClients({ region: 'eu-central-1' }));
 * console.log(JSON.stringify(plan, null, 2));
 * if (plan.changes.length > 0 && (await confirmed())) await plan.apply();
 */
export async function planTopology(
  topology: Topology,
  aws: TopologyClients,
): Promise<TopologyPlan> {
  const broker = brokerOf(aws);
  const planner = new TopologyPlanner(topology, broker, true);
  return new TopologyPlan(broker.region, await planner.plan(), planner);
}

/**
 * The error of a start that finds differences. It first says how to use the existing resources, then how to change
 * them.
 */
export const differs = (region: string, differences: readonly string[]): TopologyError =>
  new TopologyError(
    `AWS (${region}) differs from the topology:\n  ${differences.join('\n  ')}\n${REMEDY}`,
    { details: { differences } },
  );

const REMEDY =
  "A queue that other tools made is named by its URL or ARN, or used as it is with provision: 'off'; its dead-letter queue is taken from it, or declared as deadLetter: { name }. Leave out what is not yours to set. Only what Weft is to own is made and changed by provision: 'create', which does the above and nothing else.";
