import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../../../../common/make-folder.js';
import { RefusedFunctions } from './refused-functions.js';
import type { CommandContext } from './command-context.js';
import type { ChildOptions } from './protocol.js';

export const IN_MEMORY = ':memory:';

/** Table of the Commands that had an effect, written in the transaction of that effect. */
export const RECORDS = 'main.weft_commands';

/**
 * The database of all queries. Its file is open only while a query runs, so that dbt and other processes can open it; a
 * database in memory stays open, because closing would delete it.
 */
export class Database {
  #instance: Promise<DuckDBInstance> | undefined;
  #users = 0;
  #prepared = false;
  #functions: RefusedFunctions | undefined;

  constructor(private readonly options: ChildOptions) {}

  /** Runs work on its own connection. */
  async connected<T>(
    work: (connection: DuckDBConnection, context: CommandContext) => Promise<T>,
  ): Promise<T> {
    this.#users += 1;
    try {
      const instance = await (this.#instance ??= this.#opening());
      const functions = this.#functions;
      if (functions === undefined) throw new Error('The database was not opened');
      const connection = await instance.connect();
      try {
        return await work(connection, { options: this.options, functions });
      } finally {
        connection.closeSync();
      }
    } finally {
      this.#users -= 1;
      await this.#closeUnlessUsed();
    }
  }

  async #closeUnlessUsed(): Promise<void> {
    if (this.#users > 0 || this.options.path === IN_MEMORY) return;
    const instance = this.#instance;
    this.#instance = undefined;
    (await instance)?.closeSync();
  }

  /** After a failure the next Command tries to open it again. */
  #opening(): Promise<DuckDBInstance> {
    const opening = this.#open();
    opening.catch(() => {
      if (this.#instance === opening) this.#instance = undefined;
    });
    return opening;
  }

  async #open(): Promise<DuckDBInstance> {
    const { path, readOnly, recordTtlS } = this.options;
    if (path !== IN_MEMORY && !readOnly) makeFolder(dirname(path));
    // Another program may have replaced the file.
    const isNew = path === IN_MEMORY || !existsSync(path);
    const instance = await DuckDBInstance.create(
      path,
      readOnly ? { access_mode: 'READ_ONLY' } : {},
    );
    const connection = await instance.connect();
    try {
      if (!readOnly && (isNew || !this.#prepared)) await prepareRecords(connection, recordTtlS);
      this.#prepared = true;
      await lock(connection, this.options);
      this.#functions ??= await RefusedFunctions.of(connection);
    } finally {
      connection.closeSync();
    }
    return instance;
  }
}

async function prepareRecords(connection: DuckDBConnection, ttlS: number): Promise<void> {
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${RECORDS} (key VARCHAR PRIMARY KEY, answer VARCHAR, done_at TIMESTAMP)`,
  );
  await connection.run(
    `DELETE FROM ${RECORDS} WHERE done_at < now()::TIMESTAMP - to_seconds(${Math.trunc(ttlS)})`,
  );
}

/**
 * Settings that restrict all SQL; the last one locks them.
 * https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
 */
async function lock(connection: DuckDBConnection, options: ChildOptions): Promise<void> {
  for (const setting of [...bounds(options), ...LOCKED]) await connection.run(`SET ${setting}`);
}

/** Settings that limit the memory and threads of an instance. */
export const bounds = ({ memoryLimit, threads, spillDir }: ChildOptions): string[] => [
  `memory_limit = ${quoted(memoryLimit)}`,
  `temp_directory = ${quoted(spillDir)}`,
  ...(threads === undefined ? [] : [`threads = ${threads}`]),
];

export const LOCKED = [
  'autoinstall_known_extensions = false',
  'autoload_known_extensions = false',
  'allow_community_extensions = false',
  'allow_persistent_secrets = false',
  'enable_external_access = false',
  'lock_configuration = true',
];

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
