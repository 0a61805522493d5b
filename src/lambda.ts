import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { readServiceSettings } from './app/service-settings.js';
import { createService } from './app/create-service.js';
import { QuietStartLogger } from './app/quiet-start.logger.js';
import { PinoLogger } from './platform/telemetry/pino-logger.js';
import { createSqsHandler } from './transport/index.js';

// A function has no embedded stack to fall back to, and serves no HTTP that keys could protect.
const DEFAULTS: NodeJS.ProcessEnv = { WEFT_STACK: 'aws', WEFT_API_KEYS: randomUUID() };

/**
 * The service as a Lambda: takes SQS events of any of its queues (or of those
 * `WEFT_CONSUME` names) and answers `{batchItemFailures}`. The event source
 * mapping needs `ReportBatchItemFailures`.
 */
export const handler = createSqsHandler(async () => {
  const settings = await readServiceSettings({ defaults: DEFAULTS });
  const logger = new QuietStartLogger(PinoLogger.from(settings));
  const { app, closers } = await createService(settings, logger);
  return { app, close: () => closers.close() };
});
