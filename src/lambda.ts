import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { bundleEvent, bundlesAlone, REQUIRED_BY_THE_BUNDLER } from './app/bundler-function.js';
import { createService } from './app/create-service.js';
import { QuietStartLogger } from './app/quiet-start.logger.js';
import { readServiceSettings } from './app/service-settings.js';
import type { Settings } from './platform/config/index.js';
import type { OpenTelemetry } from './platform/telemetry/open-telemetry.js';
import { PinoLogger } from './platform/telemetry/pino-logger.js';
import { createSqsHandler, type SqsHandler } from './transport/lambda/index.js';

// A function has no embedded stack to fall back to, and serves no HTTP that keys could protect.
const DEFAULTS: NodeJS.ProcessEnv = { WEFT_STACK: 'aws', WEFT_API_KEYS: randomUUID() };

let telemetry: OpenTelemetry | undefined;

/** Settings of a function that bundles and does nothing else; undefined for any other. */
async function bundlerSettings(): Promise<Settings | undefined> {
  const given = await readServiceSettings({ defaults: DEFAULTS, requires: [] });
  if (!bundlesAlone(given)) return undefined;
  return readServiceSettings({ defaults: DEFAULTS, requires: REQUIRED_BY_THE_BUNDLER });
}

const handle = createSqsHandler(async () => {
  const settings = await readServiceSettings({ defaults: DEFAULTS });
  const logger = new QuietStartLogger(PinoLogger.from(settings));
  const service = await createService(settings, logger);
  ({ telemetry } = service);
  return { app: service.app, close: () => service.closers.close() };
});

/**
 * The service as a Lambda: takes SQS events of any of its queues (or of those
 * `WEFT_CONSUME` names) and answers `{batchItemFailures}`. The event source
 * mapping needs `ReportBatchItemFailures`. With `WEFT_CONSUME=bundles` one
 * invocation is one gathering of bundles, and what it works with is made for it alone.
 */
export const handler: SqsHandler = Object.assign(
  async (...args: Parameters<SqsHandler>) => {
    try {
      const bundler = await bundlerSettings();
      return await (bundler ? bundleEvent(bundler, ...args) : handle(...args));
    } finally {
      // Lambda freezes the process after the answer, and what waits until then may never leave.
      await telemetry?.flush();
    }
  },
  { close: () => handle.close() },
);
