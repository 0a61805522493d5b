// The process that runs DuckDB for the service, because a query blocks a thread until it ends, which must not be one of
// the service's.
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

// Lower priority, so that the service comes first when CPU is scarce.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

// Ctrl-C reaches the whole process group, but this process ends when the service closes the channel.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/** Repeated, because an interrupt between two statements has no effect. */
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
      // The interrupt came while the database was being opened.
      if (interrupted.has(id)) throw new Error('INTERRUPT Error: Interrupted!');
      running.set(id, connection);
      return work.kind === 'script'
        ? runScript(connection, work.request, context, progress)
        : runQuery(connection, work.request, context, progress);
    };
    await send({ id, answer: await database.connected(run) });
  } catch (error) {
    await send({ id, failure: failureOf(error, progress.lineage) });
    // The service starts another process, and repeats the queries that were running.
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
