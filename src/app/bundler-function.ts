import { randomUUID } from 'node:crypto';
import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  bundlesFeature,
  BundlesModule,
  gatherForOneInvocation,
} from '../features/bundles/index.js';
import { MessagingModule } from '../messaging/index.js';
import type { Settings } from '../platform/config/index.js';
import { PinoLogger } from '../platform/telemetry/pino-logger.js';
import {
  createSqsHandler,
  type LambdaContext,
  type SqsBatchResponse,
} from '../transport/lambda/index.js';
import { defineTopology } from '../transport/topology/index.js';
import { IdempotencyModule } from './idempotency.module.js';
import { InfrastructureModule, type Infrastructure } from './infrastructure.module.js';
import { openStack } from './open-stack.js';
import { QuietStartLogger } from './quiet-start.logger.js';

/** Settings that a function which only bundles requires; it opens no documents and serves no HTTP. */
export const REQUIRED_BY_THE_BUNDLER: readonly string[] = [
  'AWS_REGION',
  'DISTRIBUTION_BUCKET_NAME',
  'SERVICE_NAME',
  'IDEMPOTENCY_TABLE_NAME',
  'IDEMPOTENCY_TTL_DAYS',
  'LOG_LEVEL',
];

/** The part of Lambda's context that the bundler uses. */
interface BundlerContext extends LambdaContext {
  readonly awsRequestId?: string;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const MAX_LAMBDA_MS = 900_000;

/** Whether a function with these settings only bundles. */
export const bundlesAlone = ({ messaging: { consume } }: Settings): boolean =>
  consume !== 'all' && consume !== 'none' && consume.every((role) => role === 'bundles');

@Module({})
class BundlerFunctionModule {
  static forRoot(settings: Settings, infrastructure: Infrastructure): DynamicModule {
    return {
      module: BundlerFunctionModule,
      imports: [
        InfrastructureModule.forRoot(settings, infrastructure),
        IdempotencyModule.forRoot(settings),
        MessagingModule.forRoot({
          topology: bundlesFeature.topology?.(settings) ?? defineTopology({}),
        }),
        BundlesModule.forRoot(settings, false),
      ],
    };
  }
}

/**
 * Handles one event. All its objects, including clients, are created for it and closed afterwards, so that no state
 * passes from one invocation to the next.
 */
export async function bundleEvent(
  settings: Settings,
  event: unknown,
  context?: BundlerContext,
): Promise<SqsBatchResponse> {
  const logger = new QuietStartLogger(PinoLogger.from(settings));
  Logger.overrideLogger(logger);
  const handle = createSqsHandler(async () => {
    const { aws, embedded, closers } = await openStack(settings);
    const makeBucket = embedded && ((name: string) => embedded.createBucket(name));
    const module = BundlerFunctionModule.forRoot(settings, { aws, makeBucket });
    const app = await NestFactory.create(module, { abortOnError: false, logger });
    closers.add(() => app.close());
    const { awsRequestId = randomUUID() } = context ?? {};
    const remainingMs = context?.getRemainingTimeInMillis() ?? MAX_LAMBDA_MS;
    gatherForOneInvocation(app, awsRequestId, remainingMs);
    return { app, close: () => closers.close() };
  });
  try {
    return await handle(event, context);
  } finally {
    await handle.close();
  }
}
