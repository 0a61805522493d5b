import type { AwsTuning } from './tuned/index.js';

/** The services Weft has clients for. */
export type AwsService = 'sns' | 'sqs' | 's3' | 'dynamodb';

/** Fixed credentials. Left out, the SDK's own chain finds them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What the clients of one process have in common. */
export interface AwsClientsOptions {
  readonly region: string;
  /** Where every service is, such as `http://127.0.0.1:4566` for LocalStack. Default: AWS. */
  readonly endpoint?: string;
  /** Where single services are; wins over `endpoint`. */
  readonly endpoints?: Readonly<Partial<Record<AwsService, string>>>;
  readonly credentials?: AwsCredentials;
  /** Attempts per call, the first one counted; long polls are never retried. Default 3. */
  readonly maxAttempts?: number;
  /** Default 3 000. */
  readonly connectTimeoutMs?: number;
  /** Default 15 000, S3 120 000. A long poll gets 30 000 whatever is said here. */
  readonly requestTimeoutMs?: number;
  /**
   * Steps that make calls of SQS and SNS cheaper. `false` takes none of them, and
   * the clients are the SDK's own in everything. Default: all of them.
   */
  readonly tuning?: false | Partial<AwsTuning>;
}
