import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { bootstrap } from './bootstrap.js';
import { ConfigurationError } from '../platform/config/index.js';
import { readServiceSettings } from './service-settings.js';
import { WeftError } from '../transport/errors/index.js';

/** Runs the service until SIGTERM or SIGINT; a second signal ends it at once. */
export async function run(): Promise<void> {
  const logger = new Logger('Weft');
  try {
    const service = await bootstrap(await readServiceSettings());
    logger.log(`Listening on ${service.url}, started in ${service.startedInMs} ms`);
    onSignal(async (signal) => {
      logger.log(`${signal}: draining`);
      await service.close();
      process.exit(0);
    });
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  }
}

function onSignal(stop: (signal: NodeJS.Signals) => Promise<void>): void {
  let stopping = false;
  const handle = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    void stop(signal);
  };
  process.on('SIGTERM', handle).on('SIGINT', handle);
}

/** What the reader can mend needs no stack; everything else does. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = error instanceof ConfigurationError || error instanceof WeftError;
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}. Set PORT to a free port, or to 0`;
  }
  return expected ? error.message : (error.stack ?? error.message);
}
