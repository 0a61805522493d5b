import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AwsClients } from '../aws/index.js';
import type { Settings } from '../platform/config/index.js';
import { createService } from './create-service.js';
import type { EmbeddedAws } from '../platform/embedded/index.js';
import { Readiness } from '../platform/health/index.js';
import { configureHttp } from '../platform/http/index.js';
import { QuietStartLogger } from './quiet-start.logger.js';
import { PinoLogger } from '../platform/telemetry/pino-logger.js';
import { HttpMetrics } from '../platform/telemetry/metrics/index.js';
import { connectSnsSqs } from '../transport/index.js';

interface BootstrapOptions {
  /** Default: pino, according to the settings; `false` for none. */
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
  /** Drains the queues, waits for open answers, closes everything. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Starts the service: the embedded stack if the settings choose it, then the queues, then HTTP. If a part fails to
 * start, those started before are stopped again.
 *
 * @throws {ConfigurationError} when a setting fits no part of the service.
 * @throws {EmbeddedDataDirInUseError} when another process has the embedded stack's folder.
 * @throws {TopologyError} if topics or queues are missing and may not be created.
 * @example
 * const service = await bootstrap(loadServiceSettings({ WEFT_DATA_DIR: ':memory:', PORT: '0' }));
 * await fetch(`${service.url}/health/ready`);
 * await service.close();
 */
export async function bootstrap(
  settings: Settings,
  { logger = new QuietStartLogger(PinoLogger.from(settings)) }: BootstrapOptions = {},
): Promise<RunningService> {
  const startedAt = performance.now();
  const { app, aws, embedded, closers } = await createService(settings, logger);
  try {
    app.use(app.get(HttpMetrics).measure);
    configureHttp(app, settings);
    connectSnsSqs(app);
    // In this order, or messages arrive before onModuleInit, and requests before messages can.
    await app.init();
    await app.startAllMicroservices();
    await app.listen(settings.http.port, settings.http.host);
    closers.add(() => app.get(Readiness).close());

    return {
      app,
      settings,
      url: addressOf(app.getHttpServer()),
      aws,
      embedded,
      startedInMs: Math.round(performance.now() - startedAt),
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
