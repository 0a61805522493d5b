import type { DatabaseSync } from 'node:sqlite';

/** Runs work in a transaction: all its writes are kept, or none. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN');
  try {
    const done = work();
    database.exec('COMMIT');
    return done;
  } catch (error) {
    // After some errors, such as a full disk, SQLite itself has already rolled back.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
