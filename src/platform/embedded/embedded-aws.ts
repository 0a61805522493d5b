import { join, resolve } from 'node:path';
import type { AwsClientsOptions } from '../../aws/index.js';
import { DataDirLock } from './data-dir-lock.js';
import { startQueues, type EmbeddedQueues } from './embedded-queues.js';
import { ownFolder } from './private-folder.js';
import { startTables } from './embedded-tables.js';
import {
  keepCredentials,
  newCredentials,
  type StackCredentials,
} from './gate/stack-credentials.js';
import {
  DOCUMENTS_DIR,
  EMBEDDED_REGION,
  IN_MEMORY,
  QUEUES_DIR,
  TABLES_DIR,
} from './embedded.constants.js';

/** Options of the embedded stack. */
export interface EmbeddedAwsOptions {
  /**
   * The folder for queues, topics, objects, tables and documents. Only one process at a time can use it.
   *
   * @defaultValue `:memory:`, which keeps nothing
   */
  readonly dataDir?: string;
  /**
   * The region that ARNs name.
   *
   * @defaultValue `us-east-1`
   */
  readonly region?: string;
  /**
   * The credentials that callers sign with, to keep the same ones over a restart.
   *
   * @defaultValue random ones, new at each start
   */
  readonly credentials?: StackCredentials;
}

/**
 * SNS, SQS, S3 and DynamoDB inside this process, for laptops and tests. It can be reached only from this machine and
 * with its own credentials, which are new at each start. {@link clientOptions} has them, and so has the file
 * `credentials` of its data folder, in the format of AWS's own programs and readable only by this user. Requests of web
 * pages are refused.
 *
 * With a data folder, everything acknowledged survives the end of the process, even by SIGKILL.
 *
 * @example
 * const embedded = await EmbeddedAws.start();
 * const aws = new AwsClients(embedded.clientOptions());
 * // …
 * aws.destroy();
 * await embedded.stop();
 */
export class EmbeddedAws {
  /** Where SNS, SQS and S3 answer, such as `http://127.0.0.1:40213`. */
  readonly endpoint: string;
  /** Where DynamoDB answers, such as `http://127.0.0.1:40214`. */
  readonly dynamodbEndpoint: string;
  /** The region that ARNs name. */
  readonly region: string;
  /** The file with its credentials, for `AWS_SHARED_CREDENTIALS_FILE`; `undefined` without a data folder. */
  readonly credentialsFile: string | undefined;
  /** The folder for document collections; `undefined` when they belong in memory. */
  readonly documentsDir: string | undefined;

  readonly #queues: Pick<EmbeddedQueues, 'endLongPolls' | 'createBucket'>;
  readonly #credentials: StackCredentials;
  readonly #closers: Closer[];
  #stopped: Promise<void> | undefined;

  private constructor(parts: Parts) {
    this.endpoint = parts.endpoint;
    this.dynamodbEndpoint = parts.dynamodbEndpoint;
    this.region = parts.region;
    this.documentsDir = parts.documentsDir;
    this.credentialsFile = parts.credentialsFile;
    this.#credentials = parts.credentials;
    this.#queues = parts.queues;
    this.#closers = parts.closers;
  }

  /**
   * Starts SNS, SQS, S3 and DynamoDB on free ports of the loopback address.
   *
   * @throws {EmbeddedDataDirInUseError} another live process, or another stack of this one, has the folder
   * @throws {EmbeddedDataDirError} the folder cannot be made or written to
   */
  static async start(options: EmbeddedAwsOptions = {}): Promise<EmbeddedAws> {
    const region = options.region ?? EMBEDDED_REGION;
    const { dataDir = IN_MEMORY } = options;
    const folder = dataDir === IN_MEMORY ? undefined : resolve(dataDir);
    const inFolder = (name: string) => (folder === undefined ? undefined : join(folder, name));
    const documentsDir = inFolder(DOCUMENTS_DIR);

    const credentials = options.credentials ?? newCredentials();
    const closers: Closer[] = [];
    try {
      if (folder !== undefined) {
        const lock = DataDirLock.take(folder);
        closers.push(() => lock.release());
      }
      for (const name of [QUEUES_DIR, TABLES_DIR, DOCUMENTS_DIR]) {
        const part = inFolder(name);
        if (part !== undefined) ownFolder(part);
      }
      const queues = await startQueues(region, credentials, inFolder(QUEUES_DIR));
      closers.push(() => queues.stop());
      const tables = await startTables(credentials, inFolder(TABLES_DIR));
      closers.push(() => tables.stop());
      return new EmbeddedAws({
        endpoint: queues.endpoint,
        dynamodbEndpoint: tables.endpoint,
        region,
        documentsDir,
        credentials,
        credentialsFile: folder && keepCredentials(folder, credentials),
        queues,
        closers,
      });
    } catch (error) {
      await closeAll(closers);
      throw error;
    }
  }

  /** Options for `AwsClients` to reach this stack. */
  clientOptions(): AwsClientsOptions {
    return {
      region: this.region,
      endpoint: this.endpoint,
      endpoints: { dynamodb: this.dynamodbEndpoint },
      credentials: this.#credentials,
    };
  }

  /**
   * Ends every open long poll with an empty answer. On AWS a closing consumer must wait for its poll, because an
   * aborted poll can lose messages; here it need not wait.
   */
  endLongPolls(): void {
    this.#queues.endLongPolls();
  }

  /**
   * Creates a bucket unless it exists. Makes no SDK call, because loading and setting up the S3 client would add a
   * tenth of a second to every start.
   */
  createBucket(name: string): void {
    this.#queues.createBucket(name);
  }

  /** Ends open long polls, closes everything and frees the folder. A second call waits for the first. */
  stop(): Promise<void> {
    return (this.#stopped ??= closeAll(this.#closers));
  }
}

type Closer = () => Promise<void> | void;

interface Parts {
  readonly endpoint: string;
  readonly dynamodbEndpoint: string;
  readonly region: string;
  readonly documentsDir: string | undefined;
  readonly credentials: StackCredentials;
  readonly credentialsFile: string | undefined;
  readonly queues: EmbeddedQueues;
  readonly closers: Closer[];
}

/** Closes in reverse order, and continues when one fails. */
async function closeAll(closers: Closer[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.splice(0).toReversed()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'The embedded stack did not close');
}
