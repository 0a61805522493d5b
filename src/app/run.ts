import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { bootstrap } from './bootstrap.js';
import { namingOptions } from '../platform/config/index.js';
import { explain } from './explain.js';
import { readServiceSettings } from './service-settings.js';
import { stopSignal } from './stop-signals.js';

export interface RunOptions {
  /** The roles this process consumes. Default: those of `WEFT_CONSUME`. */
  readonly handlers?: readonly string[];
}

async function start(overrides: NodeJS.ProcessEnv = {}) {
  const settings = await readServiceSettings({ overrides });
  return { settings, service: await bootstrap(settings) };
}

/** Runs the service until SIGTERM or SIGINT, then drains; a second signal ends it at once. */
export async function run({ handlers }: RunOptions = {}): Promise<void> {
  const logger = new Logger('Weft');
  // Registered now, so that a signal during the start closes the service too.
  const stop = stopSignal(() => process.exit(1));
  try {
    const { settings, service } = await (handlers === undefined
      ? start()
      : namingOptions({ WEFT_CONSUME: '--handler' }, () =>
          start({ WEFT_CONSUME: handlers.join(',') }),
        ));
    for (const typo of settings.likelyTypos) logger.warn(typo, 'No setting has this name');
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
