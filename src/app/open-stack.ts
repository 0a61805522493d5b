import { Logger } from '@nestjs/common';
import { AwsClients, type AwsCall, type AwsClientsOptions } from '../aws/index.js';
import type { Settings } from '../platform/config/index.js';
import type { EmbeddedAws } from '../platform/embedded/index.js';
import { Closers } from './closers.js';

/** The stack of the settings: clients of AWS, or of a stack started in this process. */
export interface OpenStack {
  readonly aws: AwsClients;
  /** The stack inside this process, when the settings chose it. */
  readonly embedded: EmbeddedAws | undefined;
  /** Closes the stack and everything added later. */
  readonly closers: Closers;
}

/** Starts the embedded stack if the settings choose it, and creates the clients. */
export async function openStack(settings: Settings): Promise<OpenStack> {
  const closers = new Closers();
  const embedded = await startEmbedded(settings);
  if (embedded) closers.add(() => embedded.stop());
  const aws = new AwsClients({
    ...(embedded?.clientOptions() ?? clientOptions(settings)),
    ...callLog(settings),
  });
  closers.add(() => aws.destroy());
  return { aws, embedded, closers };
}

/** Loaded only when it is used: the real AWS needs no emulators. */
async function startEmbedded(settings: Settings): Promise<EmbeddedAws | undefined> {
  if (settings.stack !== 'embedded') return undefined;
  const { EmbeddedAws: Stack } = await import('../platform/embedded/index.js');
  return Stack.start({ dataDir: settings.dataDir, region: settings.region });
}

/** Logs each call to AWS if the log level is low enough; otherwise calls are not observed. */
function callLog({ log: { level } }: Settings): Pick<AwsClientsOptions, 'onCall'> {
  if (level !== 'debug' && level !== 'trace') return {};
  const logger = new Logger('AWS');
  return { onCall: (call) => logger.debug(withoutUndefined(call), 'AWS call') };
}

const withoutUndefined = (call: AwsCall): object =>
  Object.fromEntries(Object.entries(call).filter(([, value]) => value !== undefined));

const clientOptions = ({ region, endpoint, endpoints }: Settings): AwsClientsOptions => ({
  region,
  ...(endpoint !== undefined && { endpoint }),
  endpoints,
});
