import { Logger } from '@nestjs/common';

import { brokerOf } from '../../broker/broker-of.js';
import type { BrokerClients } from '../../broker/aws/aws.broker.js';
import type { Broker } from '../../broker/broker.js';
import { TopologyError } from '../../errors/index.js';
import type { Topology } from '../declare/topology.js';
import type { Step } from './plan-draft.js';
import { changeText, differencesOf, type TopologyChange } from './topology-change.js';
import { TopologyPlanner } from './topology.planner.js';

/** What topics and queues are found by: SDK clients, which an `AwsClients` has, or the driver of another broker. */
export type TopologyClients = BrokerClients | Broker;

/**
 * What `provision: 'create'` would do: AWS was looked at, and nothing was changed. `JSON.stringify` writes region,
 * changes, problems and warnings; as text it is one line for each.
 *
 * @example
 * const plan = await planTopology(topology, aws);
 * console.log(String(plan));
 * if (plan.problems.length === 0) await plan.apply();
 * @see https://developer.hashicorp.com/terraform/cli/commands/plan
 */
export class TopologyPlan {
  /** What is to be made, changed or ended, in the order in which it is done; none where AWS has what is declared. */
  readonly changes: readonly TopologyChange[];
  readonly #steps: readonly Step[];
  readonly #planner: TopologyPlanner;
  readonly #logger = new Logger('Topology');

  /** Made by `planTopology`. */
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

  /** Problems that no change from here can solve, such as a queue by URL that does not exist; with any, nothing is applied. */
  get problems(): readonly string[] {
    return this.#planner.draft.problems;
  }

  /** Worth knowing, and left as it is. */
  get warnings(): readonly string[] {
    return this.#planner.draft.warnings;
  }

  /** Everything that differs, in words; what `provision: 'verify'` fails with. */
  get differences(): readonly string[] {
    return [...this.problems, ...this.changes.flatMap(differencesOf)];
  }

  /**
   * Makes the changes, each after a line in the log. It may end in between and be planned and applied again.
   *
   * @returns what was done.
   * @throws TopologyError when there are problems; otherwise what AWS says.
   */
  async apply(): Promise<readonly TopologyChange[]> {
    this.refuseProblems();
    for (const { change, apply } of this.#steps) {
      this.#logger.log(`Topology: ${changeText(change)}`);
      await apply(this.#planner.state);
    }
    return this.changes;
  }

  /**
   * Nothing where there are no problems.
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
    return lines.length === 0 ? 'AWS has what the topology declares' : lines.join('\n');
  }
}

/**
 * Looks at AWS, changes nothing, and says what it needs to have what a topology declares. What is not declared is as
 * AWS has it: never compared and never changed. `weft topology plan` prints it, `apply` makes the changes, and `verify`
 * fails unless there are none.
 *
 * @throws the SDK's errors, such as for a right that is missing.
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

/** The error of a start that finds AWS otherwise than declared; how to use what is there comes before changing it. */
export const differs = (region: string, differences: readonly string[]): TopologyError =>
  new TopologyError(
    `AWS (${region}) differs from the topology:\n  ${differences.join('\n  ')}\n${REMEDY}`,
    { details: { differences } },
  );

const REMEDY =
  "A queue that other tools made is named by its URL or ARN, or used as it is with provision: 'off'; its dead-letter queue is taken from it, or declared as deadLetter: { name }. Leave out what is not yours to set. Only what Weft is to own is made and changed by provision: 'create', which does the above and nothing else.";
