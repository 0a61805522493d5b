import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { Logger, type INestApplication, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { AwsClients, type AwsClientsOptions } from './aws/index.js';
import type { Settings } from './config/index.js';
import type { EmbeddedAws } from './embedded/index.js';
import { Readiness } from './health/index.js';
import { configureHttp, HTTP_APPLICATION_OPTIONS } from './http/index.js';
import { createPayloadBucket } from './payload-bucket.js';
import { QuietStartLogger } from './quiet-start.logger.js';
import { PinoLogger } from './telemetry/pino-logger.js';
import { HttpMetrics } from './telemetry/metrics/index.js';
import { connectSnsSqs, SnsSqsServer } from './transport/index.js';

/** A poll that is just being opened is caught by the next round. */
const END_POLLS_INTERVAL_MS = 50;

export interface BootstrapOptions {
  /** Default: pino, as the settings say; `false` for none. */
  readonly logger?: LoggerService | false;
}

/** The whole service, receiving and listening. */
export interface RunningService {
  readonly app: NestExpressApplication;
  readonly settings: Settings;
  /** Where HTTP listens, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The SDK clients of the service; closed with it. */
  readonly aws: AwsClients;
  /** The stack inside this process, when the settings chose it. */
  readonly embedded: EmbeddedAws | undefined;
  /** Milliseconds from the call until the service listened. */
  readonly startedInMs: number;
  /** Drains the queues, lets answers end, closes everything. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Starts the service: the embedded stack if it is asked for, then the queues,
 * then HTTP. What was started is stopped again when a later part fails.
 *
 * @throws {ConfigurationError} when a setting fits no part of the service.
 * @throws {EmbeddedDataDirInUseError} when another process has the embedded stack's folder.
 * @throws {TopologyError} when topics or queues are missing and may not be made.
 * @example
 * const service = await bootstrap(loadSettings({ WEFT_DATA_DIR: ':memory:', PORT: '0' }));
 * await fetch(`${service.url}/health/ready`);
 * await service.close();
 */
export async function bootstrap(
  settings: Settings,
  { logger = new QuietStartLogger(PinoLogger.from(settings)) }: BootstrapOptions = {},
): Promise<RunningService> {
  const startedAt = performance.now();
  Logger.overrideLogger(logger);
  new Logger('Weft').log(`Stack: ${settings.stack}, because ${settings.stackReason}`);

  const closers: (() => Promise<void> | void)[] = [];
  try {
    const embedded = await startEmbedded(settings);
    if (embedded) closers.push(() => embedded.stop());
    const aws = new AwsClients(embedded?.clientOptions() ?? clientOptions(settings));
    closers.push(() => aws.destroy());
    if (embedded) await createPayloadBucket(aws, settings.messaging.payloadBucket);

    const infrastructure = { aws, documentsDir: embedded?.documentsDir };
    const app = await NestFactory.create<NestExpressApplication>(
      AppModule.forRoot(settings, infrastructure),
      { ...HTTP_APPLICATION_OPTIONS, abortOnError: false, logger },
    );
    closers.push(() => closeApp(app, embedded));
    app.use(app.get(HttpMetrics).measure);
    configureHttp(app, settings);
    connectSnsSqs(app, app.get(SnsSqsServer));
    // In this order, or messages arrive before onModuleInit, and requests before messages can.
    await app.init();
    await app.startAllMicroservices();
    await app.listen(settings.http.port, settings.http.host);
    closers.push(() => app.get(Readiness).close());

    return {
      app,
      settings,
      url: addressOf(app.getHttpServer()),
      aws,
      embedded,
      startedInMs: Math.round(performance.now() - startedAt),
      close: once(() => closeAll(closers)),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** Loaded only when it is used: the real AWS needs no emulators. */
async function startEmbedded(settings: Settings): Promise<EmbeddedAws | undefined> {
  if (settings.stack !== 'embedded') return undefined;
  const { EmbeddedAws: Stack } = await import('./embedded/index.js');
  return Stack.start({ dataDir: settings.dataDir, region: settings.region });
}

/** Closing waits for idle long polls, up to 20 s; only the embedded stack can be told to answer them now. */
async function closeApp(app: INestApplication, embedded: EmbeddedAws | undefined): Promise<void> {
  const hurry = setInterval(() => embedded?.endLongPolls(), END_POLLS_INTERVAL_MS);
  try {
    await app.close();
  } finally {
    clearInterval(hurry);
  }
}

const clientOptions = ({ region, endpoint, endpoints }: Settings): AwsClientsOptions => ({
  region,
  ...(endpoint !== undefined && { endpoint }),
  endpoints,
});

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Closes in reverse order, each also when another one fails. */
async function closeAll(closers: readonly (() => Promise<void> | void)[]): Promise<void> {
  const logger = new Logger('Weft');
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      logger.error(
        'A part of the service did not close',
        error instanceof Error ? error.stack : error,
      );
    }
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= work());
}
