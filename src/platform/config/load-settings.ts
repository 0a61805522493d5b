import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isLoopback, listOf } from './checks.js';
import { ConfigurationError, type ConfigurationFault } from './configuration.error.js';
import { Environment, SETTING_DESCRIPTIONS } from './environment.js';
import type { LogFormat, LogLevel, Provision, Settings } from './settings.js';

const DEFAULTS = {
  region: 'us-east-1',
  dataDir: '.weft',
  host: '127.0.0.1',
  port: 3000,
  topicPrefix: 'pudato-',
  payloadBucket: 'weft-payloads',
  feedbackGood: 'weft-feedback-good',
  feedbackBad: 'weft-feedback-bad',
  feedbackNeutral: 'weft-feedback-neutral',
  metadataQueue: 'weft-session-metadata',
  logLevel: 'info',
  idempotencyTtlDays: 5,
} as const;

const NOTHING = 'none';
const SECONDS_PER_DAY = 24 * 3600;
const PROVISIONS: readonly Provision[] = ['create', 'verify', 'off'];
const LOG_FORMATS: readonly LogFormat[] = ['pretty', 'json'];
const LOG_LEVELS: readonly LogLevel[] = [
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'silent',
];

/** A value of this length is quoted whole in a message. */
const MAX_QUOTED_LENGTH = 60;

export interface LoadOptions {
  /** Whether the log goes to a terminal. Default: whether standard output does. */
  readonly terminal?: boolean;
}

/**
 * Makes settings of environment variables.
 *
 * @throws {ConfigurationError} with every fault at once; secrets are not in it
 */
export function loadSettings(env: NodeJS.ProcessEnv, options: LoadOptions = {}): Settings {
  const written = plainToInstance(Environment, env, { excludeExtraneousValues: true });
  const wrongValues = findWrongValues(written);
  const wrong = new Set(wrongValues.map((fault) => fault.variable));
  const faults = [...wrongValues, ...findMisfits(written, wrong)];
  if (faults.length > 0) throw new ConfigurationError(faults);
  return toSettings(written, options.terminal ?? process.stdout.isTTY);
}

function findWrongValues(written: Environment): ConfigurationFault[] {
  const wrong = new Map(
    validateSync(written).map((violation) => [violation.property, String(violation.value)]),
  );
  return SETTING_DESCRIPTIONS.flatMap(({ variable, accepts, secret, ...setting }) => {
    const value = wrong.get(variable);
    if (value === undefined) return [];
    const remedy = `Set it to ${accepts}, or leave it out (default: ${setting.default})`;
    const problem = secret ? 'has a value that cannot be used (not shown)' : `is ${quote(value)}`;
    return [{ variable, problem, remedy }];
  });
}

/** What is right by itself but not together. A variable that is wrong anyway is not named twice. */
function findMisfits(written: Environment, wrong: ReadonlySet<string>): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  const { stack, reason } = chooseStack(written);
  const production = written.NODE_ENV === 'production';
  const add = (variable: string, problem: string, remedy: string): void => {
    if (!wrong.has(variable)) faults.push({ variable, problem, remedy });
  };
  if (stack === 'aws' && !wrong.has('WEFT_STACK')) {
    const noRegion = written.AWS_REGION === undefined && written.AWS_DEFAULT_REGION === undefined;
    if (noRegion && !wrong.has('AWS_DEFAULT_REGION')) {
      add('AWS_REGION', `is not set, and the stack is aws (${reason})`, 'Set it to a region');
    }
    if (written.MONGODB_URI === undefined) {
      add(
        'MONGODB_URI',
        `is not set, and the stack is aws (${reason})`,
        'Set it to a mongodb:// or mongodb+srv:// URI, or set WEFT_STACK=embedded',
      );
    }
  }
  if (written.WEFT_API_KEYS === undefined && !wrong.has('WEFT_API_KEYS')) {
    const remedy = 'Set it to one or more keys of at least 20 characters, separated by commas';
    if (production) add('WEFT_API_KEYS', 'is not set, and NODE_ENV is production', remedy);
    if (written.HOST !== undefined && !isLoopback(written.HOST)) {
      add(
        'HOST',
        `is ${quote(written.HOST)}, and without API keys HTTP serves this machine alone`,
        'Set WEFT_API_KEYS, or set HOST to 127.0.0.1',
      );
    }
  }
  return faults;
}

function chooseStack(written: Environment): { stack: Settings['stack']; reason: string } {
  const { WEFT_STACK, NODE_ENV, AWS_ENDPOINT_URL } = written;
  if (WEFT_STACK !== undefined) {
    return {
      stack: WEFT_STACK === 'embedded' ? 'embedded' : 'aws',
      reason: `WEFT_STACK=${WEFT_STACK}`,
    };
  }
  if (NODE_ENV === 'production') return { stack: 'aws', reason: 'NODE_ENV=production' };
  if (AWS_ENDPOINT_URL !== undefined) return { stack: 'aws', reason: 'AWS_ENDPOINT_URL is set' };
  return {
    stack: 'embedded',
    reason: 'neither NODE_ENV=production nor AWS_ENDPOINT_URL is set',
  };
}

function toSettings(written: Environment, terminal: boolean): Settings {
  const { stack, reason } = chooseStack(written);
  const embedded = stack === 'embedded';
  const whenEmbedded = (value: string): string => (embedded ? value : NOTHING);
  const endpoint = embedded ? undefined : written.AWS_ENDPOINT_URL;
  const local = embedded || (endpoint !== undefined && isLoopback(new URL(endpoint).hostname));
  const payloadBucket =
    written.WEFT_PAYLOAD_BUCKET ?? (embedded ? DEFAULTS.payloadBucket : undefined);
  return {
    stack,
    stackReason: reason,
    production: written.NODE_ENV === 'production',
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
      ...(written.WEFT_CONCURRENCY === undefined
        ? {}
        : { concurrency: Number(written.WEFT_CONCURRENCY) }),
      ...(payloadBucket === undefined ? {} : { payloadBucket }),
    },
    idempotency: idempotencyOf(written),
    sessions: {
      feedbackTopics: {
        good: written.SNS_TOPIC_FEEDBACK_GOOD ?? whenEmbedded(DEFAULTS.feedbackGood),
        bad: written.SNS_TOPIC_FEEDBACK_BAD ?? whenEmbedded(DEFAULTS.feedbackBad),
        neutral: written.SNS_TOPIC_FEEDBACK_NEUTRAL ?? whenEmbedded(DEFAULTS.feedbackNeutral),
      },
      metadataQueueUrl: written.SQS_METADATA_QUEUE_URL ?? whenEmbedded(DEFAULTS.metadataQueue),
      metadataFields: listOf(written.METADATA_FIELDS),
    },
    log: {
      level: pick(LOG_LEVELS, written.LOG_LEVEL) ?? DEFAULTS.logLevel,
      format: pick(LOG_FORMATS, written.LOG_FORMAT) ?? (terminal ? 'pretty' : 'json'),
    },
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
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_DYNAMODB } = written;
  return {
    ...(AWS_ENDPOINT_URL_SNS === undefined ? {} : { sns: AWS_ENDPOINT_URL_SNS }),
    ...(AWS_ENDPOINT_URL_SQS === undefined ? {} : { sqs: AWS_ENDPOINT_URL_SQS }),
    ...(AWS_ENDPOINT_URL_S3 === undefined ? {} : { s3: AWS_ENDPOINT_URL_S3 }),
    ...(AWS_ENDPOINT_URL_DYNAMODB === undefined ? {} : { dynamodb: AWS_ENDPOINT_URL_DYNAMODB }),
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

/** JSON leaves these as they are, and a terminal obeys them. */
const UNESCAPED_CONTROL = /[\u{7f}-\u{9f}]/gu;

/** As JSON, so that a line break in a value cannot look like a message of its own. */
function quote(value: string): string {
  const shown = value.length > MAX_QUOTED_LENGTH ? `${value.slice(0, MAX_QUOTED_LENGTH)}…` : value;
  return JSON.stringify(shown).replace(
    UNESCAPED_CONTROL,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}
