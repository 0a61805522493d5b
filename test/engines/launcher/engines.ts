import { mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  ENGINES_FOLDER,
  installDebian,
  installJava,
  installPython,
  installTrino,
  pinned,
} from './install.js';
import { findCommand, type Need } from './needs.js';
import { freePort } from '../../support/free-port.js';
import { EngineProcess } from './processes.js';

export interface RunningEngine {
  /** Where it answers. */
  readonly address: string;
  readonly process: EngineProcess;
}

/** One engine: how it is installed and started. */
export interface Engine {
  readonly name: EngineName;
  readonly needs: readonly Need[];
  /** A broker of one of Nest's own transports, by which a suite is checked: where it cannot be had, it is left out. */
  readonly isControl?: true;
  install(): Promise<unknown>;
  start(): Promise<RunningEngine>;
}

export const ENGINE_NAMES = [
  'localstack',
  'elasticmq',
  'moto',
  'dynamodb-local',
  'mongo-java-server',
  'trino',
  'nats',
  'rabbitmq',
] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

const READY_WITHIN_MS = 300_000;

const answers = async (url: string): Promise<boolean> => {
  // Any answer counts: engines say 400 or 404 to a bare GET.
  await fetch(url, { signal: AbortSignal.timeout(2000) });
  return true;
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy() && resolve(true));
    socket.once('error', () => resolve(false));
  });

interface Recipe {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly scheme?: string;
  readonly isReady: () => Promise<boolean>;
}

async function run(name: EngineName, recipe: (port: number) => Recipe): Promise<RunningEngine> {
  const port = await freePort();
  const { scheme = 'http', ...how } = recipe(port);
  const cwd = join(ENGINES_FOLDER, 'run', name);
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd, { recursive: true });
  const logFile = join(ENGINES_FOLDER, 'run', `${name}.log`);
  const running = await EngineProcess.run({
    ...how,
    // Whatever an engine writes is gone with its next start.
    env: { ...how.env, TMPDIR: cwd },
    name,
    cwd,
    logFile,
    readyWithinMs: READY_WITHIN_MS,
  });
  return { address: `${scheme}://127.0.0.1:${port}`, process: running };
}

function python(name: EngineName, recipe: (bin: string, port: number) => Recipe): Engine {
  return {
    name,
    needs: ['python'],
    install: () => installPython(name),
    start: async () => {
      const folder = await installPython(name);
      return run(name, (port) => recipe(join(folder, 'bin'), port));
    },
  };
}

function java(
  name: EngineName,
  recipe: (folder: string, port: number) => Omit<Recipe, 'command'>,
): Engine {
  return {
    name,
    needs: ['java', 'maven'],
    install: () => installJava(name),
    start: async () => {
      const folder = await installJava(name);
      return run(name, (port) => ({ command: 'java', ...recipe(folder, port) }));
    },
  };
}

/** From Debian's packages. */
function control(name: EngineName, start: (folder: string) => Promise<RunningEngine>): Engine {
  return {
    name,
    needs: [],
    isControl: true,
    install: () => installDebian(name),
    start: async () => start(await installDebian(name)),
  };
}

// Two cores are shared with the tests: fewer compiler and collector threads start sooner.
const START_SOON = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const SMALL_JVM = [...START_SOON, '-Xmx512m'];

// The last two for exported topologies, which have alarms.
const LOCALSTACK_SERVICES = ['sqs', 'sns', 's3', 'cloudformation', 'cloudwatch', 'events'];

export const ENGINES: Readonly<Record<EngineName, Engine>> = {
  localstack: python('localstack', (bin, port) => ({
    command: join(bin, 'python'),
    args: ['-m', 'localstack.runtime.main'],
    env: {
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      SERVICES: LOCALSTACK_SERVICES.join(),
      STRICT_SERVICE_LOADING: '1',
      EAGER_SERVICE_LOADING: '1',
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      // In a container it would write to that container's own folders.
      OVERRIDE_IN_DOCKER: 'false',
      FILESYSTEM_ROOT: join(ENGINES_FOLDER, 'run', 'localstack', 'files'),
    },
    isReady: async () => {
      const health = await fetch(`http://127.0.0.1:${port}/_localstack/health`);
      const { services } = (await health.json()) as { services: Record<string, string> };
      return LOCALSTACK_SERVICES.every((service) =>
        ['running', 'available'].includes(services[service] ?? ''),
      );
    },
  })),
  elasticmq: java('elasticmq', (folder, port) => ({
    args: [
      ...SMALL_JVM,
      `-Dconfig.file=${pinned('elasticmq', 'elasticmq.conf')}`,
      `-Dweft.port=${port}`,
      '-cp',
      join(folder, 'lib', '*'),
      'org.elasticmq.server.Main',
    ],
    isReady: () => answers(`http://127.0.0.1:${port}/`),
  })),
  moto: python('moto', (bin, port) => ({
    command: join(bin, 'moto_server'),
    args: ['-H', '127.0.0.1', '-p', String(port)],
    isReady: () => answers(`http://127.0.0.1:${port}/moto-api/`),
  })),
  'dynamodb-local': java('dynamodb-local', (folder, port) => ({
    args: [
      ...SMALL_JVM,
      `-Djava.library.path=${join(folder, 'lib')}`,
      '-cp',
      join(folder, 'lib', '*'),
      'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
      '-inMemory',
      '-port',
      String(port),
      '-disableTelemetry',
    ],
    isReady: () => answers(`http://127.0.0.1:${port}/`),
  })),
  'mongo-java-server': java('mongo-java-server', (folder, port) => ({
    args: [
      ...SMALL_JVM,
      '-cp',
      `${join(folder, 'lib', '*')}:${join(folder, 'classes')}`,
      'MongoEngine',
      String(port),
    ],
    scheme: 'mongodb',
    isReady: () => accepts(port),
  })),
  trino: {
    name: 'trino',
    needs: ['java24', 'maven'],
    install: installTrino,
    start: async () => {
      const folder = await installTrino();
      const command = (await findCommand('java24')) ?? 'java';
      return run('trino', (port) => ({
        command,
        args: [
          ...START_SOON,
          '-Xmx900m',
          `-Dconfig=${pinned('trino', 'config.properties')}`,
          '--add-modules=jdk.incubator.vector',
          '--enable-native-access=ALL-UNNAMED',
          '--sun-misc-unsafe-memory-access=allow',
          '-cp',
          join(folder, 'trino-server-core-476', 'lib', '*'),
          'io.trino.server.TrinoServer',
        ],
        env: { WEFT_TRINO_PORT: String(port), WEFT_TRINO_PLUGINS: join(folder, 'plugins') },
        isReady: async () => {
          const info = await fetch(`http://127.0.0.1:${port}/v1/info`);
          return !((await info.json()) as { starting: boolean }).starting;
        },
      }));
    },
  },
  nats: control('nats', async (folder) =>
    run('nats', (port) => ({
      command: join(folder, 'usr/sbin/nats-server'),
      args: ['--addr', '127.0.0.1', '--port', String(port)],
      scheme: 'nats',
      isReady: () => accepts(port),
    })),
  ),
  rabbitmq: control('rabbitmq', async (folder) => {
    const others = [await freePort(), await freePort()].map(String);
    return run('rabbitmq', (port) => ({
      command: 'sh',
      args: [pinned('rabbitmq', 'start.sh'), folder, String(port), ...others],
      scheme: 'amqp',
      isReady: () => accepts(port),
    }));
  }),
};
