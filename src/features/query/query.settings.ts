import { join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import {
  defineSettings,
  isPlainText,
  matches,
  oneOf,
  Setting,
  wholeNumber,
  type Settings,
} from '../../platform/config/index.js';
import type { QueryOptions } from './query.options.js';

const MAX_CONCURRENCY = 64;
/** SQS allows a message to be handled for at most 12 hours. */
const MAX_TIMEOUT_S = 43_200;
const MAX_THREADS = 256;

const A_NAME = /^[\w.-]{1,255}$/;
const A_SIZE = /^[1-9]\d{0,6}\s?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

class QueryEnvironment {
  @Setting({
    meaning: 'What runs SQL: "duckdb", "athena", or "none" for no queries at all.',
    default:
      'duckdb when embedded, athena where ATHENA_WORKGROUP or ATHENA_OUTPUT_LOCATION is set, else none',
    accepts: 'duckdb, athena or none',
    check: oneOf('duckdb', 'athena', 'none'),
  })
  readonly QUERY_ENGINE?: string;

  @Setting({
    meaning: 'Queries that run at once in this process.',
    default: '2',
    ...wholeNumber(1, MAX_CONCURRENCY),
  })
  readonly QUERY_CONCURRENCY?: string;

  @Setting({
    meaning: 'Seconds after which a query is interrupted, and answered with an error.',
    default: '240',
    ...wholeNumber(1, MAX_TIMEOUT_S),
  })
  readonly QUERY_TIMEOUT_SECONDS?: string;

  @Setting({
    meaning: 'The file of the DuckDB that queries run on; ":memory:" keeps nothing.',
    default: 'query/weft.duckdb in WEFT_DATA_DIR when embedded, else none',
    accepts: 'a file or :memory:',
    check: isPlainText,
  })
  readonly DUCKDB_PATH?: string;

  @Setting({
    meaning: 'With "true" queries only read, and several processes may have the file open.',
    default: 'false',
    accepts: 'true or false',
    check: oneOf('true', 'false'),
  })
  readonly DUCKDB_READ_ONLY?: string;

  @Setting({
    meaning: 'Memory that all queries of this process have together.',
    default: '1GB',
    accepts: 'a size such as 512MB or 2GB',
    check: matches(A_SIZE),
  })
  readonly DUCKDB_MEMORY_LIMIT?: string;

  @Setting({
    meaning: 'Threads that DuckDB computes with.',
    default: 'one a core',
    ...wholeNumber(1, MAX_THREADS),
  })
  readonly DUCKDB_THREADS?: string;

  @Setting({
    meaning: 'The work group of Athena.',
    default: "Athena's own, primary",
    accepts: 'the name of a work group',
    check: matches(/^[\w.-]{1,128}$/),
  })
  readonly ATHENA_WORKGROUP?: string;

  @Setting({
    meaning: 'Where Athena writes results.',
    default: 'as the work group says',
    accepts: 'a location such as s3://bucket/athena/',
    check: matches(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/\S*)?$/),
  })
  readonly ATHENA_OUTPUT_LOCATION?: string;

  @Setting({
    meaning: 'The database that tables of queries are in which name none.',
    default: 'default',
    accepts: 'the name of a database of the catalog',
    check: matches(A_NAME),
  })
  readonly ATHENA_DATABASE?: string;

  @Setting({
    meaning: 'The catalog of Athena.',
    default: 'AwsDataCatalog',
    accepts: 'the name of a catalog',
    check: matches(A_NAME),
  })
  readonly ATHENA_CATALOG?: string;
}

/** The settings of queries: the engine and its limits. */
export const querySettings = defineSettings({
  title: 'Query',
  environment: QueryEnvironment,
  check: (written, { stack }) =>
    written.QUERY_ENGINE === 'duckdb' && stack !== 'embedded' && written.DUCKDB_PATH === undefined
      ? [
          {
            variable: 'DUCKDB_PATH',
            problem: 'is not set, and QUERY_ENGINE is duckdb',
            remedy: 'Set it to a file on a disk of this machine',
          },
        ]
      : [],
  read(written, settings): QueryOptions {
    const timeoutMs = Number(written.QUERY_TIMEOUT_SECONDS ?? 240) * 1000;
    const concurrency = Number(written.QUERY_CONCURRENCY ?? 2);
    const common = { concurrency, timeoutMs, spoolDir: folder(settings, 'spool') };
    const { ATHENA_WORKGROUP: workGroup, ATHENA_OUTPUT_LOCATION: outputLocation } = written;
    const onAws = workGroup !== undefined || outputLocation !== undefined ? 'athena' : 'none';
    const engine = written.QUERY_ENGINE ?? (settings.stack === 'embedded' ? 'duckdb' : onAws);
    if (engine === 'athena') {
      const athena = {
        ...(workGroup !== undefined && { workGroup }),
        ...(outputLocation !== undefined && { outputLocation }),
        database: written.ATHENA_DATABASE ?? 'default',
        catalog: written.ATHENA_CATALOG ?? 'AwsDataCatalog',
      };
      return { ...common, engine, athena };
    }
    if (engine !== 'duckdb') return { ...common, engine: 'none' };
    const path = written.DUCKDB_PATH ?? embeddedFile(settings);
    return {
      ...common,
      engine: 'duckdb',
      duckdb: {
        path: path === IN_MEMORY ? path : resolve(path),
        readOnly: written.DUCKDB_READ_ONLY === 'true',
        memoryLimit: written.DUCKDB_MEMORY_LIMIT ?? '1GB',
        ...(written.DUCKDB_THREADS !== undefined && { threads: Number(written.DUCKDB_THREADS) }),
        spillDir: settings.dataDir === IN_MEMORY ? '' : folder(settings, 'spill'),
        recordTtlS: settings.idempotency.ttlS,
      },
    };
  },
});

const IN_MEMORY = ':memory:';

const embeddedFile = ({ dataDir }: Settings): string =>
  dataDir === IN_MEMORY ? IN_MEMORY : join(dataDir, 'query', 'weft.duckdb');

/** Without a data folder, unavoidable files are created among the temporary files. */
const folder = ({ dataDir }: Settings, name: string): string =>
  dataDir === IN_MEMORY ? join(tmpdir(), 'weft-query', name) : resolve(dataDir, 'query', name);
