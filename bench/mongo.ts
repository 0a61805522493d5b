import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINES } from '../test/engines/launcher/engines.js';
import { ENGINES_FOLDER } from '../test/engines/launcher/install.js';

const ENGINE = 'mongo-java-server';

export interface Mongo {
  /** Which server it is, for the reader of the figures. */
  readonly name: string;
  readonly uri: string;
  /** It has no index but unique ones, and looks at every document for any other question. */
  readonly scans: boolean;
  close(): Promise<void>;
}

/**
 * The MongoDB of `MONGODB_URI`, or else the engine of `npm run test:engines`, which speaks its wire
 * protocol and keeps documents in memory; undefined where neither is there.
 */
export async function openMongo(): Promise<Mongo | undefined> {
  const uri = process.env['MONGODB_URI'];
  if (uri)
    return { name: 'MongoDB of MONGODB_URI', uri, scans: false, close: () => Promise.resolve() };
  if (!existsSync(join(ENGINES_FOLDER, ENGINE))) return undefined;
  const { address, process: server } = await ENGINES[ENGINE].start();
  return { name: ENGINE, uri: `${address}/weft-bench`, scans: true, close: () => server.stop() };
}
