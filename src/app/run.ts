import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { bootstrap } from './bootstrap.js';
import { explain } from './explain.js';
import { readServiceSettings } from './service-settings.js';
import { stopSignal } from './stop-signals.js';

export interface RunOptions {
  /** The roles this process consumes, as `WEFT_CONSUME` names them. Default: what `WEFT_CONSUME` says. */
  readonly handlers?: readonly string[];
}

/** Runs the service until SIGTERM or SIGINT, then drains; a second signal ends it at once. */
export async function run({ handlers }: RunOptions = {}): Promise<void> {
  const logger = new Logger('Weft');
  // From now on, so that a service which is still starting is closed as well.
  const stop = stopSignal(() => process.exit(1));
  try {
    const overrides = handlers && { WEFT_CONSUME: handlers.join(',') };
    const service = await bootstrap(await readServiceSettings({ ...(overrides && { overrides }) }));
    logger.log(`Listening on ${service.url}, started in ${service.startedInMs} ms`);
    logger.log(`${await stop}: draining`);
    await service.close();
    logger.log('Stopped');
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  }
}
