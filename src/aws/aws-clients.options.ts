import type { IN_PROCESS, InProcessAws } from './in-process.js';
import type { AwsCall } from './report-calls.js';
import type { TestedTuning, TUNING } from './tuned/index.js';

/** The services Weft has clients for. */
export type AwsService = 'sns' | 'sqs' | 's3' | 'dynamodb' | 'athena';

/**
 * Fixed credentials, for emulators and tests. In AWS leave them out: the SDK's own chain finds a role's.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export interface AwsCredentials {
  /** Any text will do for an emulator. */
  readonly accessKeyId: string;
  /** Never logged. Any text will do for an emulator. */
  readonly secretAccessKey: string;
  /** Comes with temporary credentials, and is needed with them. @defaultValue none: the credentials are lasting ones */
  readonly sessionToken?: string;
}

/**
 * What the clients of one process have in common.
 *
 * @example
 * const aws: AwsClientsOptions = { region: 'eu-central-1', endpoint: 'http://127.0.0.1:4566' };
 */
export interface AwsClientsOptions {
  /** AWS region, such as `eu-central-1`. Topics of other regions are reached by their ARN. */
  readonly region: string;
  /** Where every service is, such as `http://127.0.0.1:4566` for LocalStack. @defaultValue AWS, in `region` */
  readonly endpoint?: string;
  /** Where single services are; wins over `endpoint`. @defaultValue none: all are at `endpoint` */
  readonly endpoints?: Readonly<Partial<Record<AwsService, string>>>;
  /** Who calls. @defaultValue what the SDK's own chain finds: environment, profile, role */
  readonly credentials?: AwsCredentials;
  /**
   * The profile of the SDK's configuration files whose credentials and endpoints are used; `credentials` win over it.
   *
   * @defaultValue `AWS_PROFILE`, or else the profile `default`
   * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
   */
  readonly profile?: string;
  /** Attempts per call, the first one counted; long polls are never retried. Raised, calls outlast longer outages, and fail later. @defaultValue 3 */
  readonly maxAttempts?: number;
  /** Milliseconds to connect. Raise it for an endpoint far away, such as of another continent. @defaultValue 3 000 */
  readonly connectTimeoutMs?: number;
  /**
   * Milliseconds to the answer; a long poll gets 30 000 whatever is said here. Raise it where large payloads go over a slow
   * line; lowered, a call that hangs is repeated sooner. @defaultValue 15 000, S3 120 000
   */
  readonly requestTimeoutMs?: number;
  /**
   * Whether calls of SQS and SNS take about a third of the CPU that the SDK's own clients take. The same goes over the wire.
   * The tuning rests on private parts of the SDK, so it is used only with the versions that it was proved with; with others
   * the clients are the SDK's own, and one warning names the versions. Set `false` to use the SDK's own clients in any case,
   * such as to find out whether a fault is ours, or where versions are bound to differ and the warning is known.
   *
   * @defaultValue true
   */
  readonly tunedClients?: boolean;
  /**
   * Called after each call of AWS with its name, duration and outcome, such as for a log of all of them; it must not
   * throw. Long polls are reported as well. @defaultValue none: calls are not looked at
   */
  readonly onCall?: (call: AwsCall) => void;
  /** Of the tests of this repository: single steps. @defaultValue as `tunedClients` says */
  readonly [TUNING]?: TestedTuning;
  /** Of `TestBroker`: what answers in place of AWS. @defaultValue AWS */
  readonly [IN_PROCESS]?: InProcessAws;
}
