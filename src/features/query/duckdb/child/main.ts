// The process that runs DuckDB for the service: a query holds a thread to its end, and must hold none of the service's.
import { constants, setPriority } from 'node:os';
import type { DuckDBConnection } from '@duckdb/node-api';
import { NO_LINEAGE } from '../../query.engine.js';
import type { CommandContext } from './command-context.js';
import { Database } from './database.js';
import { failureOf, isBroken } from './failures.js';
import type { ChildAnswer, ChildOptions, ChildRequest } from './protocol.js';
import { runQuery, runScript, type Progress } from './run-command.js';

const INTERRUPT_INTERVAL_MS = 50;

type Work = Exclude<ChildRequest, { kind: 'interrupt' }>;

const database = new Database(JSON.parse(process.argv[2] ?? '{}') as ChildOptions);
const running = new Map<number, DuckDBConnection | undefined>();
const interrupted = new Set<number>();

process.on('message', (request: ChildRequest) => {
  if (request.kind === 'interrupt') interrupt(request.id);
  else void answer(request);
});

// Where processors are scarce, the service comes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

// Ctrl-C reaches the whole group; the service says when it is time, by closing the channel.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/** Again and again: one that falls between two statements interrupts nothing. */
function interrupt(id: number): void {
  if (!running.has(id)) return;
  interrupted.add(id);
  running.get(id)?.interrupt();
  setTimeout(interrupt, INTERRUPT_INTERVAL_MS, id).unref();
}

async function answer(work: Work): Promise<void> {
  const { id } = work;
  running.set(id, undefined);
  const progress: Progress = { lineage: NO_LINEAGE };
  try {
    const run = (connection: DuckDBConnection, context: CommandContext) => {
      // It came while the database was being opened.
      if (interrupted.has(id)) throw new Error('INTERRUPT Error: Interrupted!');
      running.set(id, connection);
      return work.kind === 'script'
        ? runScript(connection, work.request, context, progress)
        : runQuery(connection, work.request, context, progress);
    };
    await send({ id, answer: await database.connected(run) });
  } catch (error) {
    await send({ id, failure: failureOf(error, progress.lineage) });
    // The service starts another, and runs again what ran beside this.
    if (isBroken(error)) process.exit(1);
  } finally {
    running.delete(id);
    interrupted.delete(id);
  }
}

const send = (message: ChildAnswer): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
