import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsClientsOptions, AwsService } from './aws-clients.options.js';
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_MAX_SOCKETS,
  DEFAULT_REQUEST_TIMEOUT_MS,
  LONG_POLL_GRACE_MS,
  LONG_POLL_MAX_MS,
  POLLING_MAX_ATTEMPTS,
  S3_REQUEST_TIMEOUT_MS,
} from './aws.constants.js';
import { Lazy } from './lazy.js';

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

  readonly #sqs = new Lazy(() => new SQSClient(this.#config('sqs')));

  readonly #sqsPolling = new Lazy(
    () =>
      new SQSClient({
        ...this.#config('sqs', LONG_POLL_MAX_MS + LONG_POLL_GRACE_MS, Infinity),
        maxAttempts: POLLING_MAX_ATTEMPTS,
      }),
  );

  readonly #sns = new Lazy(() => new SNSClient(this.#config('sns')));

  readonly #s3 = new Lazy(
    () =>
      new S3Client({
        ...this.#config('s3', this.#options.requestTimeoutMs ?? S3_REQUEST_TIMEOUT_MS),
        // An emulator has no DNS name for each bucket.
        forcePathStyle: this.#endpoint('s3') !== undefined,
      }),
  );

  readonly #dynamodb = new Lazy(() => new DynamoDBClient(this.#config('dynamodb')));

  constructor(options: AwsClientsOptions) {
    this.#options = options;
  }

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

  get sns(): SNSClient {
    return this.#sns.value;
  }

  get s3(): S3Client {
    return this.#s3.value;
  }

  get dynamodb(): DynamoDBClient {
    return this.#dynamodb.value;
  }

  /** Closes every connection. What is under way fails; what is asked for afterwards is built anew. */
  destroy(): void {
    for (const client of [this.#sqs, this.#sqsPolling, this.#sns, this.#s3, this.#dynamodb]) {
      client.destroy();
    }
  }

  #endpoint(service: AwsService): string | undefined {
    return this.#options.endpoints?.[service] ?? this.#options.endpoint;
  }

  #config(
    service: AwsService,
    requestTimeoutMs = this.#options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    maxSockets = DEFAULT_MAX_SOCKETS,
  ) {
    const { region, credentials, maxAttempts, connectTimeoutMs } = this.#options;
    const endpoint = this.#endpoint(service);
    const agent = { keepAlive: true, maxSockets };
    return {
      region,
      maxAttempts: maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
      // Only an endpoint passed here makes the SDK ignore the host of a queue URL.
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
      requestHandler: new NodeHttpHandler({
        // Options rather than agents: the handler destroys only agents of its own making.
        httpAgent: agent,
        httpsAgent: agent,
        connectionTimeout: connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
        requestTimeout: requestTimeoutMs,
        throwOnRequestTimeout: true,
      }),
    };
  }
}
