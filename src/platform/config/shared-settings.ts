import { isLoopback, listOf, MIN_API_KEY_LENGTH } from './checks.js';
import { missing, type ConfigurationFault } from './configuration.error.js';
import type { Environment } from './environment.js';
import { logLevelOf } from './log-level.js';
import { quote } from './quote.js';
import type { LogFormat, Provision, Settings } from './settings.js';

const DEFAULTS = {
  region: 'us-east-1',
  dataDir: '.weft',
  host: '127.0.0.1',
  port: 3000,
  topicPrefix: 'pudato-',
  payloadBucket: 'weft-payloads',
  logLevel: 'info',
  idempotencyTtlDays: 5,
  serviceName: 'weft',
  maxReceiveCount: 5,
} as const;

const NOTHING = 'none';
const SECONDS_PER_DAY = 24 * 3600;
const PROVISIONS: readonly Provision[] = ['create', 'verify', 'off'];
const LOG_FORMATS: readonly LogFormat[] = ['pretty', 'json'];

/** Faults of combinations, and missing variables. */
export function sharedMisfits(
  written: Environment,
  wrong: ReadonlySet<string>,
): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  const { stack, reason } = chooseStack(written);
  const production = isProduction(written);
  const why = `the stack is aws: ${reason}`;
  if (stack === 'aws' && !wrong.has('WEFT_STACK')) {
    const noRegion = written.AWS_REGION === undefined && written.AWS_DEFAULT_REGION === undefined;
    if (noRegion && !wrong.has('AWS_DEFAULT_REGION')) {
      faults.push(missing('AWS_REGION', why, 'Set it to a region such as eu-central-1'));
    }
    if (written.MONGODB_URI === undefined) {
      const remedy = 'Set it to a mongodb:// or mongodb+srv:// URI, or set WEFT_STACK=embedded';
      faults.push(missing('MONGODB_URI', why, remedy));
    }
  }
  if (written.WEFT_API_KEYS === undefined && !wrong.has('WEFT_API_KEYS')) {
    const remedy = `Set it to one or more keys of at least ${MIN_API_KEY_LENGTH} characters, separated by commas`;
    if (production) faults.push(missing('WEFT_API_KEYS', 'NODE_ENV is production', remedy));
    if (written.HOST !== undefined && !isLoopback(written.HOST)) {
      faults.push({
        variable: 'HOST',
        problem: `is ${quote(written.HOST)}, and without API keys HTTP serves this machine alone`,
        remedy: 'Set WEFT_API_KEYS, or set HOST to 127.0.0.1',
      });
    }
  }
  return faults;
}

/** In any case of letters: mistaken for development, the service would run without keys. */
const isProduction = ({ NODE_ENV = '' }: Environment): boolean =>
  NODE_ENV.trim().toLowerCase() === 'production';

function chooseStack(written: Environment): { stack: Settings['stack']; reason: string } {
  const { WEFT_STACK, NODE_ENV, AWS_ENDPOINT_URL } = written;
  if (WEFT_STACK !== undefined) {
    return {
      stack: WEFT_STACK === 'embedded' ? 'embedded' : 'aws',
      reason: `WEFT_STACK=${WEFT_STACK}`,
    };
  }
  if (isProduction(written)) return { stack: 'aws', reason: `NODE_ENV=${NODE_ENV}` };
  if (AWS_ENDPOINT_URL !== undefined) return { stack: 'aws', reason: 'AWS_ENDPOINT_URL is set' };
  return {
    stack: 'embedded',
    reason: 'neither NODE_ENV=production nor AWS_ENDPOINT_URL is set',
  };
}

/** The shared settings; those of features are added by `loadSettings`. */
export function toSharedSettings(written: Environment, terminal: boolean): Settings {
  const { stack, reason } = chooseStack(written);
  const embedded = stack === 'embedded';
  const endpoint = embedded ? undefined : written.AWS_ENDPOINT_URL;
  const local = embedded || (endpoint !== undefined && isLoopback(new URL(endpoint).hostname));
  const payloadBucket =
    written.WEFT_PAYLOAD_BUCKET ?? (embedded ? DEFAULTS.payloadBucket : undefined);
  return {
    stack,
    stackReason: reason,
    production: isProduction(written),
    serviceName: written.SERVICE_NAME ?? DEFAULTS.serviceName,
    region: written.AWS_REGION ?? written.AWS_DEFAULT_REGION ?? DEFAULTS.region,
    ...(endpoint === undefined ? {} : { endpoint }),
    endpoints: embedded ? {} : serviceEndpoints(written),
    ...(written.MONGODB_URI === undefined ? {} : { mongodbUri: written.MONGODB_URI }),
    dataDir: written.WEFT_DATA_DIR ?? DEFAULTS.dataDir,
    http: {
      host: written.HOST ?? DEFAULTS.host,
      port: Number(written.PORT ?? DEFAULTS.port),
      apiKeys: listOf(written.WEFT_API_KEYS),
    },
    messaging: {
      topicPrefix: written.WEFT_TOPIC_PREFIX ?? DEFAULTS.topicPrefix,
      provision: pick(PROVISIONS, written.WEFT_PROVISION) ?? (local ? 'create' : 'verify'),
      consume: consumed(written.WEFT_CONSUME),
      snsHttpTopics: listOf(written.WEFT_SNS_HTTP_TOPICS),
      maxReceiveCount: Number(written.WEFT_MAX_RECEIVE_COUNT ?? DEFAULTS.maxReceiveCount),
      ...(written.WEFT_CONCURRENCY === undefined
        ? {}
        : { concurrency: Number(written.WEFT_CONCURRENCY) }),
      ...(payloadBucket === undefined ? {} : { payloadBucket }),
    },
    idempotency: idempotencyOf(written),
    log: {
      level: logLevelOf(written.LOG_LEVEL ?? DEFAULTS.logLevel) ?? DEFAULTS.logLevel,
      format: pick(LOG_FORMATS, written.LOG_FORMAT) ?? (terminal ? 'pretty' : 'json'),
    },
    ...(written.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
      ? {}
      : { otlpEndpoint: written.OTEL_EXPORTER_OTLP_ENDPOINT }),
    sections: new Map(),
    secrets: [],
    likelyTypos: [],
  };
}

function idempotencyOf(written: Environment): Settings['idempotency'] {
  const { IDEMPOTENCY_TABLE_NAME: table, IDEMPOTENCY_TTL_DAYS: days } = written;
  const ttlS = Number(days ?? DEFAULTS.idempotencyTtlDays) * SECONDS_PER_DAY;
  if (table === undefined) return { store: 'documents', ttlS };
  return table === NOTHING
    ? { store: 'none', ttlS }
    : { store: 'dynamodb', tableName: table, ttlS };
}

function serviceEndpoints(written: Environment): Settings['endpoints'] {
  const { AWS_ENDPOINT_URL_SNS, AWS_ENDPOINT_URL_SQS } = written;
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_ATHENA } = written;
  return {
    ...(AWS_ENDPOINT_URL_SNS === undefined ? {} : { sns: AWS_ENDPOINT_URL_SNS }),
    ...(AWS_ENDPOINT_URL_SQS === undefined ? {} : { sqs: AWS_ENDPOINT_URL_SQS }),
    ...(AWS_ENDPOINT_URL_S3 === undefined ? {} : { s3: AWS_ENDPOINT_URL_S3 }),
    ...(AWS_ENDPOINT_URL_DYNAMODB === undefined ? {} : { dynamodb: AWS_ENDPOINT_URL_DYNAMODB }),
    ...(AWS_ENDPOINT_URL_ATHENA === undefined ? {} : { athena: AWS_ENDPOINT_URL_ATHENA }),
  };
}

function consumed(value: string | undefined): Settings['messaging']['consume'] {
  const roles = listOf(value);
  const [first = 'all'] = roles;
  return first === 'all' || first === 'none' ? first : roles;
}

function pick<T extends string>(values: readonly T[], value: string | undefined): T | undefined {
  return values.find((candidate) => candidate === value);
}
