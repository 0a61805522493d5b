import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsClientsOptions } from '../../src/aws/index.js';
import { FaultProxy, TestBroker } from '../../src/testing/index.js';
import { giveRoom, takeRoom } from '../support/disk-room.js';
import { forkScript, killed } from './fork-script.js';

/** Those of a broker that is started again are the same, as those of AWS are. */
const CREDENTIALS = ['broker-process', 'its-secret'];

/** A broker over a data folder that can be killed. Its address stays the same: a proxy follows it. */
export class BrokerProcess {
  private constructor(
    readonly broker: TestBroker,
    private readonly gate: FaultProxy,
    private readonly dataDir: string,
    private running: ChildProcess,
  ) {}

  static async start(): Promise<BrokerProcess> {
    const dataDir = mkdtempSync(join(tmpdir(), 'weft-faults-'));
    const [child, options] = await startOver(dataDir);
    const gate = await FaultProxy.start(options);
    return new BrokerProcess(TestBroker.at(gate.clientOptions()), gate, dataDir, child);
  }

  /** Kills it in whatever it does, and starts it again. */
  async restart(): Promise<void> {
    await killed(this.running);
    const [child, { endpoint = '' }] = await startOver(this.dataDir);
    this.running = child;
    this.gate.follow(endpoint);
  }

  /** Its disk has no room for so long; killed meanwhile, it is started again when there is some. */
  async withoutRoom(durationMs: number, isKilled: boolean): Promise<void> {
    const { pid = 0 } = this.running;
    takeRoom(pid);
    await sleep(durationMs);
    if (isKilled) await this.restart();
    else giveRoom(pid);
  }

  async stop(): Promise<void> {
    await this.broker.stop();
    await this.gate.stop();
    await killed(this.running);
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

async function startOver(dataDir: string): Promise<[ChildProcess, AwsClientsOptions]> {
  const child = forkScript('test/faults/broker-child.ts', [dataDir, ...CREDENTIALS]);
  const [options] = (await once(child, 'message')) as [AwsClientsOptions];
  return [child, options];
}
