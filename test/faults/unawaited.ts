// npm run test:unawaited: what a process holds that emits 200,000 events and awaits none of them.
import 'reflect-metadata';
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { SnsSqsClient } from '../../src/transport/index.js';
import type { AwsClientsOptions } from '../../src/aws/index.js';
import { faults } from '../../src/testing/index.js';
import { refuse } from '../support/arguments.js';
import { BrokerProcess } from './broker-process.js';
import { forkScript } from './fork-script.js';
import { jobsTopology } from './worker.js';

const EVENTS = 200_000;
const BODY = 'x'.repeat(1000);
const QUEUE = { name: 'jobs', visibilityTimeoutS: 30 };
const MIB = 1024 * 1024;

interface Outcome {
  readonly sent: number;
  readonly logged: number;
  readonly seconds: number;
  readonly startMib: number;
  readonly peakMib: number;
}

const CASES = {
  'SQS answers': [],
  'SQS answers 300 ms late': [
    faults.delay({ minMs: 300, maxMs: 300 }, { on: ['SendMessageBatch'] }),
  ],
  'SQS refuses every call (503)': [faults.serverError({ on: ['SendMessageBatch'] })],
} as const;

const mib = (): number => process.memoryUsage.rss() / MIB;

async function emitAll(aws: AwsClientsOptions): Promise<Outcome> {
  let [sent, logged] = [0, 0];
  const count = (): void => void (logged += 1);
  Logger.overrideLogger({ log: () => undefined, warn: count, error: count });
  const observer = { sent: () => void (sent += 1) };
  const client = new SnsSqsClient({
    topology: jobsTopology(QUEUE),
    aws,
    provision: 'off',
    observer,
  });
  await client.connect();
  const startMib = mib();
  let peakMib = startMib;
  const look = (): void => void (peakMib = Math.max(peakMib, mib()));
  const looking = setInterval(look, 10);
  const startedMs = performance.now();
  for (let n = 0; n < EVENTS; n += 1) client.emit('job.run', { n, BODY });
  look();
  await client.flush();
  look();
  clearInterval(looking);
  const seconds = (performance.now() - startedMs) / 1000;
  await client.close();
  return { sent, logged, seconds, startMib, peakMib };
}

async function compare(): Promise<void> {
  const home = await BrokerProcess.start();
  const { broker } = home;
  const own = new SnsSqsClient({
    topology: jobsTopology(QUEUE),
    aws: broker.aws,
    provision: 'create',
  });
  await own.connect();
  const format = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  console.log(`${format.format(EVENTS)} events of 1 kB, none awaited, defaults\n`);
  console.log(
    '| | sent | refused or failed | lines in the log | resident before, MiB | at most, MiB | s |',
  );
  console.log('|---|---:|---:|---:|---:|---:|---:|');
  for (const [name, wrong] of Object.entries(CASES)) {
    const proxy = await broker.proxy(...wrong);
    const child = forkScript('test/faults/unawaited.ts', [JSON.stringify(proxy.clientOptions())]);
    const [{ sent, logged, startMib, peakMib, seconds }] = (await once(child, 'message')) as [
      Outcome,
    ];
    const cells = [sent, EVENTS - sent, logged, startMib, peakMib, seconds].map((value) =>
      format.format(value),
    );
    console.log(`| ${[name, ...cells].join(' | ')} |`);
  }
  await own.close();
  await home.stop();
}

const [given] = process.argv.slice(2);
// Only its own process is given something.
if (given !== undefined && process.send === undefined) refuse('test:unawaited takes no arguments');
if (given === undefined) await compare();
else {
  const outcome = await emitAll(JSON.parse(given) as AwsClientsOptions);
  process.send?.(outcome, () => process.exit(0));
}
