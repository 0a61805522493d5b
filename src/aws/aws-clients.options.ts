import type { IN_PROCESS, InProcessAws } from './in-process.js';
import type { AwsCall } from './report-calls.js';
import type { TestedTuning, TUNING } from './tuned/index.js';

/** The services Weft has clients for. */
export type AwsService = 'sns' | 'sqs' | 's3' | 'dynamodb' | 'athena';

/**
 * Fixed credentials, for emulators and tests. On AWS leave them out: the SDK's credential chain finds the role's.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export interface AwsCredentials {
  /** Any text will do for an emulator. */
  readonly accessKeyId: string;
  /** Never logged. Any text will do for an emulator. */
  readonly secretAccessKey: string;
  /** Required with temporary credentials. @defaultValue none: permanent credentials */
  readonly sessionToken?: string;
}

/**
 * Options of the SDK clients of one process.
 *
 * @example
 * const aws: AwsClientsOptions = { region: 'eu-central-1', endpoint: 'http://127.0.0.1:4566' };
 */
export interface AwsClientsOptions {
  /** AWS region, such as `eu-central-1`. Topics of other regions are reached by their ARN. */
  readonly region: string;
  /** Endpoint of all services, such as `http://127.0.0.1:4566` for LocalStack. @defaultValue AWS, in `region` */
  readonly endpoint?: string;
  /** Endpoints of single services; they take precedence over `endpoint`. @defaultValue none: all use `endpoint` */
  readonly endpoints?: Readonly<Partial<Record<AwsService, string>>>;
  /** Credentials of all calls. @defaultValue those found by the SDK's chain: environment, profile, role */
  readonly credentials?: AwsCredentials;
  /**
   * The profile in the SDK's configuration files whose credentials and endpoints are used; `credentials` take
   * precedence.
   *
   * @defaultValue `AWS_PROFILE`, or else the profile `default`
   * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
   */
  readonly profile?: string;
  /**
   * Attempts per call, including the first; long polls are never retried. Raised, calls survive longer outages, but
   * fail later.
   *
   * @defaultValue 3
   */
  readonly maxAttempts?: number;
  /** Milliseconds to connect. Raise it for a distant endpoint, such as on another continent. @defaultValue 3 000 */
  readonly connectTimeoutMs?: number;
  /**
   * Milliseconds to an answer's first byte, and again from there to its end; a long poll always gets 30 000. The body of
   * a stored object may take longer as long as it goes on. Raise it for large payloads over a slow line; lowered, a
   * hanging call is repeated sooner. @defaultValue 15 000, S3 120 000
   */
  readonly requestTimeoutMs?: number;
  /**
   * Whether SQS and SNS clients are tuned, so that calls take about a third of the CPU of the SDK's own clients, with
   * the same requests on the wire. The tuning relies on private parts of the SDK, so it is used only with versions it
   * was tested with; with others the SDK's own clients are used, and one warning names the versions. Set `false` to
   * always use the SDK's own clients, such as to find out whether a fault is ours, or to avoid the warning.
   *
   * @defaultValue true
   */
  readonly tunedClients?: boolean;
  /**
   * Called after each call to AWS, including long polls, with its name, duration and outcome, such as for a log; it
   * must not throw. @defaultValue none: calls are not observed
   */
  readonly onCall?: (call: AwsCall) => void;
  /** For tests of this repository: single tuning steps. @defaultValue according to `tunedClients` */
  readonly [TUNING]?: TestedTuning;
  /** For `TestBroker`: answers calls in place of AWS. @defaultValue AWS */
  readonly [IN_PROCESS]?: InProcessAws;
}
