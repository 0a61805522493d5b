import { Logger, type INestApplication, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Settings } from '../platform/config/index.js';
import type { EmbeddedAws } from '../platform/embedded/index.js';
import { HTTP_APPLICATION_OPTIONS } from '../platform/http/index.js';
import { startOpenTelemetry, type OpenTelemetry } from '../platform/telemetry/open-telemetry.js';
import { AppModule } from './app.module.js';
import { switchesOf } from './features.js';
import { openStack, type OpenStack } from './open-stack.js';

/** Repeated, to end polls that were just being opened. */
const END_POLLS_INTERVAL_MS = 50;

/** The application and its stack, before it receives messages or listens. */
interface CreatedService extends OpenStack {
  readonly app: NestExpressApplication;
  /** Sends waiting spans and metrics; undefined without a collector. */
  readonly telemetry: OpenTelemetry | undefined;
}

/**
 * Starts the embedded stack if the settings choose it, and creates the application. If a part fails, those started
 * before are stopped again.
 */
export async function createService(
  settings: Settings,
  logger: LoggerService | false,
): Promise<CreatedService> {
  Logger.overrideLogger(logger);
  new Logger('Weft').log(`Stack: ${settings.stack}, because ${settings.stackReason}`);
  for (const [feature, states] of Object.entries(switchesOf(settings))) {
    new Logger('Weft').log({ feature, ...states }, 'Switched by settings');
  }
  const { aws, embedded, closers } = await openStack(settings);
  try {
    if (embedded) announce(embedded, settings.dataDir);
    const telemetry = await startOpenTelemetry(settings);
    if (telemetry) closers.add(() => telemetry.close());
    const { payloadBucket } = settings.messaging;
    // On AWS the operator decides about buckets.
    if (payloadBucket !== undefined) embedded?.createBucket(payloadBucket);

    const infrastructure = {
      aws,
      documentsDir: embedded?.documentsDir,
      makeBucket: embedded && ((name: string) => embedded.createBucket(name)),
    };
    const app = await NestFactory.create<NestExpressApplication>(
      AppModule.forRoot(settings, infrastructure),
      { ...HTTP_APPLICATION_OPTIONS, abortOnError: false, logger },
    );
    closers.add(() => closeApp(app, embedded));
    return { app, aws, embedded, closers, telemetry };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** Logged so that the AWS CLI and other programs of this machine can use it. */
function announce(embedded: EmbeddedAws, dataDir: string): void {
  const { endpoint, dynamodbEndpoint, region, credentialsFile } = embedded;
  const credentials =
    credentialsFile === undefined
      ? 'credentials of this process alone'
      : `credentials in ${credentialsFile} (AWS_SHARED_CREDENTIALS_FILE)`;
  new Logger('Weft').log(
    `Embedded SNS, SQS and S3 at ${endpoint}, DynamoDB at ${dynamodbEndpoint}, region ${region}, ${credentials}; data in ${dataDir}; one process on one machine`,
  );
}

/** Closing waits up to 20 s for idle long polls; only the embedded stack can end them at once. */
async function closeApp(app: INestApplication, embedded: EmbeddedAws | undefined): Promise<void> {
  const hurry = setInterval(() => embedded?.endLongPolls(), END_POLLS_INTERVAL_MS);
  try {
    await app.close();
  } finally {
    clearInterval(hurry);
  }
}
