import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { MetadataBearer, MiddlewareStack } from '@smithy/types';
import type { AwsClientsOptions, AwsService } from './aws-clients.options.js';
import {
  LONG_POLL_GRACE_MS,
  LONG_POLL_MAX_MS,
  POLLING_MAX_ATTEMPTS,
  S3_REQUEST_TIMEOUT_MS,
} from './aws.constants.js';
import { buildDynamoDb, buildS3 } from './client-builders.js';
import { ClientConfig, type OtherClientConfig } from './client-config.js';
import {
  answerInProcess,
  IN_PROCESS,
  lazyAddress,
  rememberInProcess,
  type InProcessAws,
} from './in-process.js';
import { Lazy } from './lazy.js';
import { refuseUnreadableAnswers } from './readable-answers.js';
import { reportCalls } from './report-calls.js';
import { pathStyleOnCustomEndpoint } from './path-style.js';
import { tune } from './tuned/index.js';

/**
 * The SDK clients of one process, each built when it is first asked for, with
 * keep-alive connections, time limits and one idea of where AWS is.
 *
 * @example
 * const aws = new AwsClients({ region: 'eu-central-1' });
 * await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
 * aws.destroy();
 */
export class AwsClients {
  readonly #options: AwsClientsOptions;
  readonly #config: ClientConfig;

  readonly #here: InProcessAws | undefined;

  readonly #sqs = new Lazy(() => this.#newSqs(this.#config.tuned('sqs')));

  readonly #sqsPolling = new Lazy(() => this.#newPollingSqs());

  readonly #sqsReplies = new Lazy(() => this.#newPollingSqs());

  readonly #sns = new Lazy(() => this.#newSns());

  readonly #snsElsewhere = new Map<string, Lazy<SNSClient>>();

  readonly #s3 = new Lazy(() => this.#newS3());

  readonly #dynamodb = new Lazy(() =>
    this.#finished(
      buildDynamoDb({ ...this.#config.of('dynamodb'), ...lazyAddress('dynamodb', this.#here) }),
    ),
  );

  readonly #others: { destroy(): void }[] = [];

  constructor(options: AwsClientsOptions) {
    this.#options = options;
    this.#config = new ClientConfig(options);
    const here = options[IN_PROCESS];
    if (options.endpoint === here?.endpoint) this.#here = here;
    if (this.#here) rememberInProcess(this, this.#here);
  }

  /** The region all clients are for but those of `snsIn`. */
  get region(): string {
    return this.#options.region;
  }

  /** Everything of SQS but receiving. */
  get sqs(): SQSClient {
    return this.#sqs.value;
  }

  /**
   * For receiving alone. A long poll holds its socket for up to 20 s, so polls
   * have an agent without a socket limit, where they hold up nothing else.
   */
  get sqsPolling(): SQSClient {
    return this.#sqsPolling.value;
  }

  /**
   * For receiving answers, whose poll is aborted on close. A call with a signal makes a client put its middleware
   * together anew for every kind of command, which polls without one are not to pay for.
   */
  get sqsReplies(): SQSClient {
    return this.#sqsReplies.value;
  }

  /** SNS of this region. */
  get sns(): SNSClient {
    return this.#sns.value;
  }

  /** SNS of a region, such as that of a topic which somebody has elsewhere. An endpoint is the same for all of them. */
  snsIn(region: string): SNSClient {
    if (region === this.region) return this.sns;
    const client = this.#snsElsewhere.get(region) ?? new Lazy(() => this.#newSns(region));
    this.#snsElsewhere.set(region, client);
    return client.value;
  }

  /** S3, for payloads over the limits of SNS and SQS; buckets are named in the path where an endpoint is given, by option, environment or profile. */
  get s3(): S3Client {
    return this.#s3.value;
  }

  /** DynamoDB, such as for a `DynamoDbIdempotencyStore`. */
  get dynamodb(): DynamoDBClient {
    return this.#dynamodb.value;
  }

  /**
   * A client whose package is only there where it is used, with this process's region, credentials, endpoint and
   * connections.
   *
   * @param service whose endpoint it gets.
   * @param build makes it; called once for each call of this method.
   * @example
   * const { AthenaClient } = await import('@aws-sdk/client-athena');
   * const athena = aws.other('athena', (config) => new AthenaClient(config));
   */
  other<T extends { destroy(): void }>(
    service: AwsService,
    build: (config: OtherClientConfig) => T,
  ): T {
    const client = build(this.#config.of(service));
    if (isOfSdk(client)) refuseUnreadableAnswers(client);
    this.#others.push(client);
    return client;
  }

  /** Closes every connection. Calls in flight fail; clients that are asked for afterwards are built again. */
  destroy(): void {
    const own = [
      this.#sqs,
      this.#sqsPolling,
      this.#sqsReplies,
      this.#sns,
      this.#s3,
      this.#dynamodb,
    ];
    const others = this.#others.splice(0);
    for (const client of [...own, ...this.#snsElsewhere.values(), ...others]) client.destroy();
  }

  #newS3(): S3Client {
    const client = buildS3({
      ...this.#config.of('s3', {
        requestTimeoutMs: this.#options.requestTimeoutMs ?? S3_REQUEST_TIMEOUT_MS,
      }),
      // An emulator has no DNS name for each bucket.
      forcePathStyle: this.#config.endpoint('s3') !== undefined || this.#here !== undefined,
      ...lazyAddress('s3', this.#here),
    });
    pathStyleOnCustomEndpoint(client);
    return this.#finished(client);
  }

  #newSqs(config: SQSClientConfig): SQSClient {
    const client = new SQSClient({
      ...config,
      // SQS names its public host in every queue URL. What the endpoint is set to (option, environment, profile, FIPS,
      // dual stack) holds for every call, and no request is signed for a host that somebody else's URL names.
      useQueueUrlAsEndpoint: false,
      ...(this.#config.tuning.uncheckedMd5 ? { md5: false } : {}),
    });
    tune(client, this.#config.tuning);
    this.#finished(client);
    if (this.#here) answerInProcess(client, this.#here);
    return client;
  }

  #newPollingSqs(): SQSClient {
    return this.#newSqs({
      ...this.#config.tuned('sqs', {
        requestTimeoutMs: LONG_POLL_MAX_MS + LONG_POLL_GRACE_MS,
        maxSockets: Infinity,
      }),
      maxAttempts: POLLING_MAX_ATTEMPTS,
    });
  }

  #newSns(region = this.region): SNSClient {
    const client = new SNSClient({ ...this.#config.tuned('sns'), region });
    tune(client, this.#config.tuning);
    this.#finished(client);
    if (this.#here) answerInProcess(client, this.#here);
    return client;
  }

  #finished<
    In extends object,
    Out extends MetadataBearer,
    C extends { readonly middlewareStack: MiddlewareStack<In, Out> },
  >(client: C & { readonly middlewareStack: MiddlewareStack<In, Out> }): C {
    const { onCall } = this.#options;
    if (onCall) reportCalls(client, onCall);
    refuseUnreadableAnswers(client);
    return client;
  }
}

const isOfSdk = (
  client: object,
): client is { readonly middlewareStack: MiddlewareStack<object, MetadataBearer> } =>
  'middlewareStack' in client;
