// npm run test:engines [-- [--install | --start] [engine …] [-- jest arguments]]
// Installs the engines named (default: all), starts them on loopback, runs the suites over each, and stops them;
// with --start it leaves them running, without suites, until Ctrl-C.
import { end as endWith, refuse } from '../../support/arguments.js';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ENGINE_NAMES, ENGINES, type Engine, type EngineName } from './engines.js';
import { installPython, installStrands } from './install.js';
import { checkNeeds, type Need } from './needs.js';
import type { RunningEngine } from './engines.js';

const ROOT = new URL('../../..', import.meta.url).pathname;
/** These are part of this process of tests: nothing is started for them. */
const IN_PROCESS = ['memory', 'embedded'];
const USAGE = `usage: npm run test:engines -- [--install | --start] [${[...IN_PROCESS, ...ENGINE_NAMES].join('|')} …] [-- jest arguments]`;

interface Wish {
  readonly until: 'installed' | 'started' | 'tested';
  readonly engines: readonly EngineName[];
  readonly inProcess: readonly string[];
  readonly jestArguments: readonly string[];
}

function readArguments(args: readonly string[]): Wish {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const names = own.filter((name) => name !== '--install' && name !== '--start');
  const known = new Set<string>([...IN_PROCESS, ...ENGINE_NAMES]);
  const unknown = names.filter((name) => !known.has(name));
  if (own.includes('--help')) endWith(USAGE);
  if (unknown.length > 0) refuse(`No such engine: ${unknown.join(', ')}\n${USAGE}`);
  const all = names.length === 0;
  return {
    until: own.includes('--install') ? 'installed' : own.includes('--start') ? 'started' : 'tested',
    engines: ENGINE_NAMES.filter((name) => all || names.includes(name)),
    inProcess: IN_PROCESS.filter((name) => all || names.includes(name)),
    jestArguments: end < 0 ? [] : args.slice(end + 1),
  };
}

/** The Python programs of the suites talk to these. */
const WITH_PYTHON_CLIENTS: ReadonlySet<EngineName> = new Set([
  'localstack',
  'moto',
  'dynamodb-local',
]);

/** @returns what can be started: controls that cannot be had are left out. */
async function install(names: readonly EngineName[], embedded: boolean): Promise<Engine[]> {
  const engines = names.map((name) => ENGINES[name]);
  const withClients = names.some((name) => WITH_PYTHON_CLIENTS.has(name));
  const needs = engines.flatMap((engine) => engine.needs);
  await checkNeeds(new Set<Need>(withClients || embedded ? [...needs, 'python'] : needs));
  // One lane for pip and one for Maven: each mostly waits for its registry.
  const lane = async (need: Need): Promise<void> => {
    for (const engine of engines.filter((one) => one.needs.includes(need))) await engine.install();
  };
  const clients = async (): Promise<void> => {
    if (withClients) await installPython('python-clients');
    // They are no servers: the suites over the embedded stack start them.
    if (embedded) await installPython('dbt');
    if (embedded) await installPython('openlineage');
    if (embedded) await installStrands();
  };
  const controls = async (): Promise<Engine[]> => {
    const had: Engine[] = [];
    for (const engine of engines.filter(({ isControl }) => isControl))
      if (await unlessLeftOut(engine, engine.install())) had.push(engine);
    return had;
  };
  const [had] = await Promise.all([controls(), lane('python').then(clients), lane('maven')]);
  return engines.filter((engine) => !engine.isControl || had.includes(engine));
}

/** Undefined for a control that cannot be had here, which is said: the suites of Weft itself need none. */
async function unlessLeftOut<T>(
  { name, isControl }: Engine,
  step: Promise<T>,
): Promise<T | undefined> {
  if (!isControl) return step;
  return step.catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    console.log(
      `${name}: LEFT OUT, so the suite of Nest (test/nest-suite) is not held against it here. It comes from Debian's packages, without root: ${reason}`,
    );
    return undefined;
  });
}

const started: RunningEngine[] = [];

async function start(engine: Engine): Promise<[EngineName, string]> {
  const startedMs = performance.now();
  const running = await engine.start();
  started.push(running);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${engine.name}: answers at ${running.address} after ${seconds} s`);
  return [engine.name, running.address];
}

async function runJest(addresses: object, jestArguments: readonly string[]): Promise<number> {
  const jest = spawn(
    process.execPath,
    [
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      '--config',
      join(ROOT, 'test/engines/jest.config.js'),
      ...jestArguments,
    ],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: {
        ...process.env,
        NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
        WEFT_ENGINES: JSON.stringify(addresses),
      },
    },
  );
  return new Promise((resolve, reject) => {
    jest.once('error', reject);
    jest.once('close', (code) => resolve(code ?? 1));
  });
}

/** The engines keep the process; a signal ends it, and them with it. */
function untilInterrupted(): Promise<never> {
  console.log('They run until Ctrl-C.');
  return new Promise(() => undefined);
}

async function main(): Promise<number> {
  const { until, engines, inProcess, jestArguments } = readArguments(process.argv.slice(2));
  const available = await install(engines, inProcess.includes('embedded'));
  if (until === 'installed') return 0;
  try {
    const running = await Promise.all(available.map((one) => unlessLeftOut(one, start(one))));
    const addresses = running.filter((one) => one !== undefined);
    if (addresses.length === 0 && inProcess.length === 0) return 1;
    if (until === 'started') return await untilInterrupted();
    return await runJest(
      Object.fromEntries([...addresses, ...inProcess.map((name) => [name, ''])]),
      jestArguments,
    );
  } finally {
    await Promise.all(started.map((running) => running.process.stop()));
  }
}

process.once('exit', () => started.forEach((running) => running.process.kill()));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
