import type { AwsClients } from '../../../aws/index.js';
import { TopologyError } from '../../errors/index.js';
import { boundBroadcast, boundQueue } from './bound-queue.js';
import { BoundTopology, type BoundQueue } from './bound-topology.js';
import { MendedDifferences, NotedDifferences, type Differences } from '../declare/differences.js';
import { deadLetterName, isArn, isForeign } from '../declare/names.js';
import { QueueConnector, type WantedSubscription } from './queue.connector.js';
import { queuesToMake } from '../declare/queue-settings.js';
import { QueueProvisioner, type ExistingQueue } from './queue.provisioner.js';
import { SubscriptionProvisioner } from './subscription.provisioner.js';
import { TopicProvisioner } from './topic.provisioner.js';
import type { QueueDeclaration, Topology } from '../declare/topology.js';

/**
 * What is done about a topology that AWS has not, or has otherwise.
 * `create` makes or changes it; `verify` names each difference and fails; `off`
 * looks names up and nothing more. The queues of replies and
 * broadcasts, one a process, are made in every mode.
 */
export type ProvisionMode = 'create' | 'verify' | 'off';

export type TopologyClients = Pick<AwsClients, 'region' | 'sns' | 'snsIn' | 'sqs'>;

/**
 * Finds a topology's queues and topics, creating or verifying them first.
 *
 * @throws TopologyError naming every difference (`verify`), or whatever is missing (`off`) and not for Weft to make (`create`).
 */
export async function bindTopology(
  topology: Topology,
  clients: TopologyClients,
  mode: ProvisionMode,
): Promise<BoundTopology> {
  const differences = mode === 'create' ? new MendedDifferences() : new NotedDifferences();
  const bound = await new TopologyBinder(topology, clients, differences, mode !== 'off').bind();
  const { found } = differences;
  if (found.length > 0 || bound === undefined) {
    throw new TopologyError(
      `AWS has not what the topology declares (run with provision "create", or create it by other means):\n  ${found.join('\n  ')}`,
      { details: { differences: found } },
    );
  }
  return bound;
}

class TopologyBinder {
  readonly #queues: QueueProvisioner;
  readonly #topics: TopicProvisioner;
  readonly #subscriptions: SubscriptionProvisioner;

  constructor(
    private readonly topology: Topology,
    clients: TopologyClients,
    differences: Differences,
    private readonly settingsMatter: boolean,
  ) {
    this.#queues = new QueueProvisioner(clients.sqs, clients.region, differences);
    this.#topics = new TopicProvisioner(clients.sns, differences);
    this.#subscriptions = new SubscriptionProvisioner(clients, differences);
  }

  async bind(): Promise<BoundTopology | undefined> {
    const { topics, queues: declarations } = this.topology;
    const topicArns = await this.#topics.ensure(
      this.settingsMatter ? topics : topics.map(({ name }) => ({ name })),
    );
    const queues = await this.#ensureQueues();
    const bindings = declarations.flatMap((declaration) => {
      const deadLetterTo = deadLetterName(declaration);
      const deadLetter = deadLetterTo === undefined ? undefined : queues.get(deadLetterTo);
      // What is missing is noted already.
      return deadLetterTo !== undefined && !deadLetter
        ? []
        : [{ declaration, deadLetter, wanted: wantedOf(declaration, topicArns) }];
    });
    const broadcasts = bindings.filter(({ declaration }) => declaration.broadcast);
    const bound = await this.#bindQueues(
      bindings.filter(({ declaration }) => !declaration.broadcast),
      queues,
    );
    return bound.length + broadcasts.length === declarations.length
      ? new BoundTopology(this.topology, bound, topicArns, broadcasts.map(boundBroadcast))
      : undefined;
  }

  /** Those that are there, tied to what belongs to them. */
  async #bindQueues(
    bindings: readonly Binding[],
    queues: ReadonlyMap<string, ExistingQueue>,
  ): Promise<BoundQueue[]> {
    const topicArns = bindings.flatMap(({ wanted = [] }) => wanted.map(({ topicArn }) => topicArn));
    const connector = new QueueConnector(this.#queues, this.#subscriptions, new Set(topicArns));
    const bound = await Promise.all(
      bindings.map(async ({ declaration, deadLetter, wanted }) => {
        const queue = queues.get(declaration.name);
        if (!queue || isForeign(declaration.name) || !this.settingsMatter)
          return queue && boundQueue(declaration, queue, deadLetter);
        const connected = await connector.connect(declaration, queue, deadLetter, wanted);
        return boundQueue(declaration, connected, deadLetter);
      }),
    );
    return bound.filter((queue) => queue !== undefined);
  }

  /** Every queue there is, by name: first all of them, then what ties them together. */
  async #ensureQueues(): Promise<ReadonlyMap<string, ExistingQueue>> {
    const foreign = this.topology.queues.map(({ name }) => name).filter(isForeign);
    const found = await Promise.all([
      ...queuesToMake(this.topology.queues).map((wanted) =>
        this.#queues.ensure(
          this.settingsMatter ? wanted : { name: wanted.name, attributes: {}, tags: {} },
        ),
      ),
      ...foreign.map((address) => this.#queues.findForeign(address)),
    ]);
    return new Map(
      found.filter((queue) => queue !== undefined).map((queue) => [queue.name, queue]),
    );
  }
}

interface Binding {
  readonly declaration: QueueDeclaration;
  readonly deadLetter: ExistingQueue | undefined;
  readonly wanted: readonly WantedSubscription[] | undefined;
}

/** A queue's subscriptions with the ARNs of their topics, but for declared topics that are missing. */
const wantedOf = (
  { from }: QueueDeclaration,
  topicArns: ReadonlyMap<string, string>,
): WantedSubscription[] | undefined =>
  from?.flatMap((declared) => {
    const { topic } = declared;
    const topicArn = topicArns.get(topic) ?? (isArn(topic) ? topic : undefined);
    return topicArn === undefined ? [] : [{ topicArn, declared }];
  });
