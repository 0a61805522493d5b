import { setTimeout as sleep } from 'node:timers/promises';
import { startTestBroker, type TestBroker } from '../../src/testing/index.js';
import { BrokerProcess } from './broker-process.js';
import type { ChildTask } from './child-task.js';
import { LoopWatch } from './loop.watch.js';
import { Child } from './processes.js';
import type { Row, RowOptions, RowResult } from './row.js';
import { Scene } from './scene.js';

/**
 * Sends and handles a row's messages while its faults strike, and counts.
 *
 * @param open over what, unless the row needs a broker that can be killed or has a full disk; by default the embedded stack.
 */
export async function runRow(
  row: Row,
  options: RowOptions,
  open: () => Promise<TestBroker> = () => startTestBroker({ embedded: true }),
): Promise<RowResult> {
  const home =
    row.killed?.role === 'broker' || row.fullDisk ? await BrokerProcess.start() : undefined;
  const broker = home?.broker ?? (await open());
  try {
    const scene = new Scene(broker, await broker.proxy(), row, options);
    const startedMs = performance.now();
    const watch = new LoopWatch((ms) => scene.ledger.stood(ms));
    await play(scene, home);
    watch.stop();
    return await scene.result((performance.now() - startedMs) / 1000);
  } finally {
    await (home ?? broker).stop();
  }
}

function play(scene: Scene, home: BrokerProcess | undefined): Promise<void> {
  const { killed, clocksOffS, clockSet, stopped } = scene.row;
  if (killed?.role === 'publisher') return withPublishersKilled(scene, killed.signal);
  if (killed?.role === 'consumer' || clocksOffS || clockSet || stopped)
    return withConsumerProcesses(scene);
  return withEverythingHere(scene, home);
}

async function withEverythingHere(scene: Scene, home: BrokerProcess | undefined): Promise<void> {
  const services = await scene.services(scene.row.work?.(scene.handled) ?? scene.handled);
  try {
    scene.strike();
    if (scene.row.requests) {
      await scene.ask();
      // A request that AWS has, but whose sender does not know, may be sent again after its answer.
      await scene.closeAskers();
    } else
      await scene.publish(
        services.map(({ client }) => client),
        () => strikeBroker(scene, home),
      );
    await scene.settled();
  } finally {
    scene.calm();
    await Promise.all([scene.closeAskers(), ...services.map((service) => service.close())]);
  }
}

async function strikeBroker({ row, ended }: Scene, home: BrokerProcess | undefined): Promise<void> {
  if (row.fullDisk) await home?.withoutRoom(row.fullDisk.durationMs, ended % 2 === 1);
  else await home?.restart();
}

/** The eldest consumer is ended again and again, and another takes its place that was loaded meanwhile. */
async function withConsumerProcesses(scene: Scene): Promise<void> {
  const { ledger, store, row } = scene;
  const { killed, clocksOffS = [0, 0] } = row;
  const task = taskOf(scene, 'consumer');
  const services = await scene.services(scene.handled, { consume: [] });
  const children = clocksOffS.map((offS) => new Child(ledger, store, offS));
  const ended: Promise<void>[] = [];
  let next: Child | undefined;
  try {
    await Promise.all(children.map((child) => child.start(task)));
    if (killed) next = await new Child(ledger, store).loaded();
    scene.strike();
    await scene.publish(
      services.map(({ client }) => client),
      async () => {
        if (row.stopped) return standStill(scene, children, row.stopped.leases);
        if (row.clockSet) return children[0]?.signal('SIGUSR2');
        const eldest = children.shift();
        if (killed && eldest) ended.push(eldest.end(killed.signal));
        if (next) children.push(await next.start(task));
        next = await new Child(ledger, store).loaded();
      },
    );
    await Promise.all(ended);
    await scene.settled();
  } finally {
    scene.calm();
    await Promise.all([
      ...ended,
      next?.end('SIGKILL'),
      ...children.map((child) => child.end('SIGKILL')),
    ]);
    await Promise.all(services.map((service) => service.close()));
  }
}

/** The eldest consumer stands still for so many leases, while another goes on with its messages. */
async function standStill(scene: Scene, children: readonly Child[], leases: number): Promise<void> {
  const [eldest] = children;
  eldest?.signal('SIGSTOP');
  try {
    await sleep(leases * scene.leaseS * 1000);
  } finally {
    eldest?.signal('SIGCONT');
  }
}

/** A publisher that is ended again and again, and another goes on with what is not known to be sent. */
async function withPublishersKilled(scene: Scene, signal: NodeJS.Signals): Promise<void> {
  const { ledger, store, jobs } = scene;
  const services = await scene.services(scene.handled);
  scene.strike();
  let child = await new Child(ledger, store).start(taskOf(scene, 'publisher'));
  try {
    for (let kill = 1; kill <= scene.kills; kill++) {
      const [next] = await Promise.all([
        new Child(ledger, store).loaded(),
        scene
          .reached('sent', (jobs.length * kill) / (scene.kills + 1))
          .then(() => child.end(signal)),
      ]);
      scene.ended += 1;
      child = await next.start(taskOf(scene, 'publisher'));
    }
    await child.ended();
    await scene.settled();
  } finally {
    scene.calm();
    await child.end('SIGKILL');
    await Promise.all(services.map((service) => service.close()));
  }
}

const taskOf = (
  { proxy, queue, options, jobs, ledger }: Scene,
  role: ChildTask['role'],
): ChildTask => ({
  role,
  aws: proxy.clientOptions(),
  queue,
  store: options.store,
  jobs: role === 'publisher' ? jobs.filter((job) => !ledger.sent.has(job)) : [],
});
