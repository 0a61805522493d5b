import { chmodSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { MAX_PREPARED_STATEMENTS, SQLITE_BUSY_TIMEOUT_MS } from '../persistence.constants.js';
import { makeFolder } from '../../../common/make-folder.js';
import { RecentlyUsed } from '../../../common/recently-used.js';
import { StoreCorruptError, StoreUnavailableError } from '../persistence.errors.js';

export type Row = Record<string, unknown>;

/** The file name for documents in memory. */
export const IN_MEMORY = ':memory:';

/** The layout of the file; a file of a later one is refused. */
const FORMAT = 1;

/** One open SQLite database with its compiled statements. Everything here is synchronous. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #inode: number | undefined;
  readonly #statements = new RecentlyUsed<StatementSync>(MAX_PREPARED_STATEMENTS);

  /** @param file its folder is created if it is missing. */
  constructor(file: string) {
    if (file !== IN_MEMORY) makeFolder(dirname(file), 0o700);
    this.#database = new DatabaseSync(file);
    this.#file = file;
    try {
      this.#configure(file);
      this.#inode = file === IN_MEMORY ? undefined : inodeOf(file);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  first(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  /** Iterates over rows; the statement must not be used again meanwhile. */
  iterate(sql: string, ...values: SQLInputValue[]): Iterable<Row> {
    return this.#statement(sql).iterate(...values);
  }

  /** @returns the row id of an insert. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  /** Runs statements without keeping them compiled. */
  execute(sql: string): void {
    this.#database.exec(sql);
  }

  /** Runs work in which SQLite does not wait for other processes, which would block the event loop. */
  withoutWaiting<T>(work: () => T): T {
    this.execute('PRAGMA busy_timeout = 0');
    try {
      return work();
    } finally {
      this.execute(`PRAGMA busy_timeout = ${SQLITE_BUSY_TIMEOUT_MS}`);
    }
  }

  /** Changes with every table and index that any process makes or drops. */
  schemaVersion(): unknown {
    return this.first('PRAGMA schema_version')?.['schema_version'];
  }

  /**
   * SQLite still writes to a file that was deleted or replaced. Such documents would be lost.
   *
   * @throws {StoreUnavailableError}
   */
  assertInPlace(): void {
    if (this.#inode === undefined || inodeOf(this.#file) === this.#inode) return;
    throw new StoreUnavailableError(
      `The documents in ${this.#file} are not available: the file was deleted or replaced while this process had it open. Put it back, or start the process again`,
    );
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #statement(sql: string): StatementSync {
    return this.#statements.get(sql) ?? this.#statements.set(sql, this.#database.prepare(sql));
  }

  #configure(file: string): void {
    this.execute(`PRAGMA busy_timeout = ${SQLITE_BUSY_TIMEOUT_MS}`);
    // Only for this user, as it contains sessions. SQLite gives its other files the same permissions.
    if (file !== IN_MEMORY) chmodSync(file, 0o600);
    // In WAL a commit survives the end of the process without a sync of the disk, which is what
    // makes a write cheap; readers and the one writer do not wait for each other.
    this.execute('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const version = Number(this.first('PRAGMA user_version')?.['user_version']);
    if (version > FORMAT) {
      throw new StoreCorruptError(
        `The documents in ${file} were written by a later version of Weft. Start that version, or set WEFT_DATA_DIR to another folder`,
      );
    }
    if (version < FORMAT) this.execute(`PRAGMA user_version = ${FORMAT}`);
  }
}

/** What tells a file from another of the same name; undefined when there is none. */
const inodeOf = (file: string): number | undefined =>
  statSync(file, { throwIfNoEntry: false })?.ino;
