import { once } from 'node:events';
import { LOOPBACK } from './embedded.constants.js';
import { guard } from './gate/gate.js';
import type { StackCredentials } from './gate/stack-credentials.js';
import { loadEmulator } from './load-emulator.js';

/** DynamoDB in this process. */
interface EmbeddedTables {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts dynalite on a free port of the loopback interface.
 *
 * @param credentials the credentials that callers sign with
 * @param dataDir where it keeps its data; left out, in memory
 */
export async function startTables(
  credentials: StackCredentials,
  dataDir?: string,
): Promise<EmbeddedTables> {
  const { default: dynalite } = await loadEmulator('dynalite', () => import('dynalite'));
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(dataDir === undefined ? {} : { path: dataDir }),
  });
  guard(server, credentials);
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('dynalite has no port');
  return {
    endpoint: `http://${LOOPBACK}:${address.port}`,
    async stop() {
      const closed = new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
      server.closeAllConnections();
      await closed;
    },
  };
}
