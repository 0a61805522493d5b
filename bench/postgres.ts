import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Where Debian installs it. */
const FOLDER = '/usr/lib/postgresql';
const PORT = '54329';
const STARTS_WITHIN_MS = 15_000;

export interface Postgres {
  readonly uri: string;
  close(): Promise<void>;
}

/** Starts a PostgreSQL of its own over a socket; undefined where none is installed. */
export async function openPostgres(): Promise<Postgres | undefined> {
  const version = existsSync(FOLDER) ? readdirSync(FOLDER).toSorted().at(-1) : undefined;
  if (version === undefined) return undefined;
  const bin = join(FOLDER, version, 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'weft-postgres-'));
  // PostgreSQL does not run as the superuser; its package makes a user of its own.
  const user = process.getuid?.() === 0 ? ids('postgres') : {};
  if (user.uid !== undefined) execFileSync('chown', [String(user.uid), folder]);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'bench'], {
    ...user,
    stdio: 'ignore',
  });
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-k', folder, '-p', PORT, '-c', 'listen_addresses='],
    { ...user, stdio: 'ignore' },
  );
  const uri = `postgresql://bench@localhost:${PORT}/postgres?host=${encodeURIComponent(folder)}`;
  await answering(uri);
  return {
    uri,
    async close() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ids(name: string): { uid?: number; gid?: number } {
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function answering(uri: string): Promise<void> {
  const endMs = performance.now() + STARTS_WITHIN_MS;
  for (;;) {
    const client = new Client({ connectionString: uri });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await sleep(100);
    }
  }
}
