import {
  areApiKeys,
  areTopicArns,
  isBucket,
  isConsume,
  isEndpoint,
  isHost,
  isMongodbUri,
  isPlainText,
  isRegion,
  isTable,
  isTopicPrefix,
  isServiceName,
  isLogLevel,
  MIN_API_KEY_LENGTH,
  oneOf,
  wholeNumber,
} from './checks.js';
import { Setting, settingsOf, type SettingDescription } from './setting.decorator.js';

const MAX_PORT = 65_535;
const MAX_CONCURRENCY = 10_000;
const MAX_TTL_DAYS = 365;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const MAX_RECEIVE_COUNT = 1_000;

const AN_ENDPOINT = 'an http:// or https:// address without name and password';

/** The shared settings as they are written, each variable by its own name. `loadSettings` makes `Settings` of them; a feature declares its own in its folder. */
export class Environment {
  @Setting({
    meaning:
      'With "production" the stack is aws unless WEFT_STACK says otherwise, and API keys are required.',
    default: 'development',
    accepts: 'a word such as production, development or test',
    check: isPlainText,
  })
  readonly NODE_ENV?: string;

  @Setting({
    meaning:
      'Which AWS: "aws", or "embedded" for the one inside this process. In production embedded is used only if said here.',
    default: 'aws if NODE_ENV=production or AWS_ENDPOINT_URL is set, else embedded',
    accepts: 'aws or embedded',
    check: oneOf('aws', 'embedded'),
  })
  readonly WEFT_STACK?: string;

  @Setting({
    meaning: 'The region of queues, topics, buckets and tables.',
    default: 'AWS_DEFAULT_REGION, else us-east-1 when embedded, else required',
    accepts: 'a region such as eu-central-1',
    check: isRegion,
  })
  readonly AWS_REGION?: string;

  @Setting({
    meaning: 'The region, if AWS_REGION is not set.',
    default: 'none',
    accepts: 'a region such as eu-central-1',
    check: isRegion,
  })
  readonly AWS_DEFAULT_REGION?: string;

  @Setting({
    meaning:
      'Where AWS is, such as http://127.0.0.1:4566 for LocalStack. Credentials are found by the rules of the AWS SDK.',
    default: 'AWS',
    accepts: AN_ENDPOINT,
    check: isEndpoint,
  })
  readonly AWS_ENDPOINT_URL?: string;

  @Setting({
    meaning: 'Where SNS is.',
    default: 'AWS_ENDPOINT_URL',
    accepts: AN_ENDPOINT,
    check: isEndpoint,
  })
  readonly AWS_ENDPOINT_URL_SNS?: string;

  @Setting({
    meaning: 'Where SQS is.',
    default: 'AWS_ENDPOINT_URL',
    accepts: AN_ENDPOINT,
    check: isEndpoint,
  })
  readonly AWS_ENDPOINT_URL_SQS?: string;

  @Setting({
    meaning: 'Where S3 is.',
    default: 'AWS_ENDPOINT_URL',
    accepts: AN_ENDPOINT,
    check: isEndpoint,
  })
  readonly AWS_ENDPOINT_URL_S3?: string;

  @Setting({
    meaning: 'Where DynamoDB is.',
    default: 'AWS_ENDPOINT_URL',
    accepts: AN_ENDPOINT,
    check: isEndpoint,
  })
  readonly AWS_ENDPOINT_URL_DYNAMODB?: string;

  @Setting({
    meaning: 'Where Athena is.',
    default: 'AWS_ENDPOINT_URL',
    accepts: AN_ENDPOINT,
    check: isEndpoint,
  })
  readonly AWS_ENDPOINT_URL_ATHENA?: string;

  @Setting({
    meaning: 'MongoDB. The database is the one the URI names, "weft" if it names none. Secret.',
    default: 'embedded documents when the stack is embedded, else required',
    accepts: 'a mongodb:// or mongodb+srv:// URI',
    check: isMongodbUri,
    secret: true,
  })
  readonly MONGODB_URI?: string;

  @Setting({
    meaning:
      'The folder of the embedded stack, for one process at a time; ":memory:" keeps nothing.',
    default: '.weft',
    accepts: 'a folder or :memory:',
    check: isPlainText,
  })
  readonly WEFT_DATA_DIR?: string;

  @Setting({
    meaning: 'The address HTTP listens on. Without WEFT_API_KEYS only a loopback address.',
    default: '127.0.0.1',
    accepts: 'an address or host name of this machine',
    check: isHost,
  })
  readonly HOST?: string;

  @Setting({
    meaning: 'The port of HTTP; 0 takes a free one and prints it.',
    default: '3000',
    ...wholeNumber(0, MAX_PORT),
  })
  readonly PORT?: string;

  @Setting({
    meaning:
      'Bearer keys of the HTTP interface, separated by commas. Required in production. Secret.',
    default: 'none',
    accepts: `comma-separated keys of at least ${MIN_API_KEY_LENGTH} characters each, without spaces`,
    check: areApiKeys,
    secret: true,
  })
  readonly WEFT_API_KEYS?: string;

  @Setting({
    meaning: 'What the names of topics and queues begin with.',
    default: 'pudato-',
    accepts: 'at most 40 letters, digits, hyphens and underscores',
    check: isTopicPrefix,
  })
  readonly WEFT_TOPIC_PREFIX?: string;

  @Setting({
    meaning:
      'Topics and queues at start: "create" them or bring them up to date, "verify" them and name each difference, or "off".',
    default: 'create when embedded or the endpoint is on this machine, else verify',
    accepts: 'create, verify or off',
    check: oneOf('create', 'verify', 'off'),
  })
  readonly WEFT_PROVISION?: string;

  @Setting({
    meaning:
      'The queues this process consumes: "all", "none", or roles such as storage,registry,results.',
    default: 'all',
    accepts: 'all, none, or comma-separated roles',
    check: isConsume,
  })
  readonly WEFT_CONSUME?: string;

  @Setting({
    meaning:
      'Topics that deliver over HTTPS: their notifications are taken at POST /sns/<name of the topic>, by their signature, and handled as messages of the queue subscribed to the topic. Needs WEFT_API_KEYS wherever it is reached from outside.',
    default: 'none',
    accepts: 'comma-separated ARNs of standard topics',
    check: areTopicArns,
  })
  readonly WEFT_SNS_HTTP_TOPICS?: string;

  @Setting({
    meaning: 'Messages in flight per queue.',
    default: 'what measurement showed best',
    ...wholeNumber(1, MAX_CONCURRENCY),
  })
  readonly WEFT_CONCURRENCY?: string;

  @Setting({
    meaning:
      'How often a message of the queues that this service makes is received before SQS moves it to the dead-letter queue.',
    default: '5',
    ...wholeNumber(1, MAX_RECEIVE_COUNT),
  })
  readonly WEFT_MAX_RECEIVE_COUNT?: string;

  @Setting({
    meaning:
      'The S3 bucket for payloads over the limit of SNS or SQS. Without one they are refused.',
    default: 'weft-payloads when embedded, else none',
    accepts: 'the name of a bucket',
    check: isBucket,
  })
  readonly WEFT_PAYLOAD_BUCKET?: string;

  @Setting({
    meaning:
      'The DynamoDB table that remembers handled messages, so that none is handled twice; "none" remembers nothing.',
    default: 'a collection beside the other documents',
    accepts: 'the name of a table, or none',
    check: isTable,
  })
  readonly IDEMPOTENCY_TABLE_NAME?: string;

  @Setting({
    meaning:
      'How many days a handled message is remembered. Longer than queues keep messages (4), or old copies are handled again.',
    default: '5',
    ...wholeNumber(1, MAX_TTL_DAYS),
  })
  readonly IDEMPOTENCY_TTL_DAYS?: string;

  @Setting({
    meaning: 'The name of this service in every log line, metric and span.',
    default: 'weft',
    accepts: 'at most 100 letters, digits, dots, hyphens, underscores and slashes',
    check: isServiceName,
  })
  readonly SERVICE_NAME?: string;

  @Setting({
    meaning:
      'Where spans and metrics are sent, such as http://127.0.0.1:4318 for an OpenTelemetry collector. Starts the OpenTelemetry SDK, which reads its other OTEL_ variables itself.',
    default: 'none: nothing is sent, and the SDK is not loaded',
    accepts: AN_ENDPOINT,
    check: isEndpoint,
  })
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @Setting({
    meaning:
      'The least severe messages that are logged, in any case; "debug" adds a line for each call of AWS.',
    default: 'info',
    accepts:
      'fatal (or critical), error, warn (or warning), info, debug, trace or silent, in any case',
    check: isLogLevel,
  })
  readonly LOG_LEVEL?: string;

  @Setting({
    meaning: 'How the log is written.',
    default: 'pretty on a terminal, else json',
    accepts: 'pretty or json',
    check: oneOf('pretty', 'json'),
  })
  readonly LOG_FORMAT?: string;
}

/** The shared settings, in the order of `.env.example`. */
export const SHARED_SETTINGS: readonly SettingDescription[] = settingsOf(Environment);
