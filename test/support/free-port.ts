import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that a kernel hands out (from 32 768), so that nobody is given one by chance before it is used. */
const FIRST_PORT = 12_000;
const PROCESSES = 1000;
const PORTS_EACH = 20;

let next = FIRST_PORT + (process.pid % PROCESSES) * PORTS_EACH;

/** A port that nobody listens on, for programs that must be told one. Others listen on port 0. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next++;
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    } catch {
      continue;
    }
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
