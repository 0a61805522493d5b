import type { AwsClientsOptions, AwsCredentials, AwsService } from './aws-clients.options.js';
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_MAX_SOCKETS,
  DEFAULT_REQUEST_TIMEOUT_MS,
} from './aws.constants.js';
import { rememberingCollector } from './answer.body.js';
import { NamingHttpHandler } from './naming-http-handler.js';
import {
  NO_STEP,
  stepsOf,
  UndiciHandler,
  type AwsTuning,
  type Connections,
} from './tuned/index.js';
import { collectWithin } from './whole-answers.js';

/** What a client of any service is built with. */
export interface OtherClientConfig {
  /** AWS region. */
  readonly region: string;
  /** Attempts per call, the first one counted. */
  readonly maxAttempts: number;
  /** Where the service is. @defaultValue AWS, in `region` */
  readonly endpoint?: string;
  /** Who calls. @defaultValue what the SDK's own chain finds */
  readonly credentials?: AwsCredentials;
  /** Of the SDK's configuration files. @defaultValue `AWS_PROFILE`, or else the profile `default` */
  readonly profile?: string;
  /** Keep-alive connections with the time limits of all clients. */
  readonly requestHandler: UndiciHandler | NamingHttpHandler;
}

/** The configuration of each client: where AWS is, who calls, and by which connections. */
export class ClientConfig {
  #steps: AwsTuning | undefined;

  constructor(private readonly options: AwsClientsOptions) {}

  /** Undefined for AWS itself, in the region. */
  endpoint(service: AwsService): string | undefined {
    return this.options.endpoints?.[service] ?? this.options.endpoint;
  }

  /** Found out by the first client of SQS or SNS. Reading versions takes a moment, which other services need not spend. */
  get tuning(): AwsTuning {
    return (this.#steps ??= stepsOf(this.options));
  }

  /** The configuration of SQS and SNS, with the steps of tuning that are in use. */
  tuned(service: AwsService, connections?: Partial<Connections>) {
    const { cachedMiddleware: cacheMiddleware } = this.tuning;
    return { ...this.of(service, connections, this.tuning), cacheMiddleware };
  }

  /** The configuration of a service whose client is not tuned. */
  of(service: AwsService, connections?: Partial<Connections>, { undici } = NO_STEP) {
    const { region, credentials, profile, maxAttempts } = this.options;
    const endpoint = this.endpoint(service);
    const all = { ...this.#connections(), ...connections };
    return {
      region,
      maxAttempts: maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
      ...(profile === undefined ? {} : { profile }),
      requestHandler: undici ? new UndiciHandler(all) : nodeHandler(all),
      streamCollector: collectWithin(all.requestTimeoutMs, rememberingCollector),
    };
  }

  #connections(): Connections {
    const { connectTimeoutMs, requestTimeoutMs } = this.options;
    return {
      connectTimeoutMs: connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      requestTimeoutMs: requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
      maxSockets: DEFAULT_MAX_SOCKETS,
    };
  }
}

function nodeHandler({ connectTimeoutMs, requestTimeoutMs, maxSockets }: Connections) {
  const agent = { keepAlive: true, maxSockets };
  return new NamingHttpHandler({
    // Options rather than agents: the handler destroys only agents of its own making.
    httpAgent: agent,
    httpsAgent: agent,
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
  });
}
