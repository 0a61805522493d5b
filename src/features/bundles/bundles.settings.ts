import { StorageClass } from '@aws-sdk/client-s3';
import {
  consumes,
  defineSettings,
  isBucket,
  isQueue,
  listOf,
  oneOf,
  Setting,
  whereNamed,
  wholeNumber,
  type ConfigurationFault,
} from '../../platform/config/index.js';
import { isGrouping } from './gathering/group-by.js';

const DEFAULTS = {
  queue: 'weft-bundles-queue',
  embeddedBucket: 'weft-bundles',
  maxInputMb: 100,
  maxAgeS: 60,
  maxObjects: 10_000,
  compressionLevel: 6,
} as const;

const BYTES_PER_MB = 1024 * 1024;
/** S3's limit for an object: incompressible input is not smaller in a bundle. */
const MAX_INPUT_MB = 5_000_000;
/** A message may be held for an hour, within which its bundle must be stored. */
const MAX_AGE_S = 1800;
const MAX_OBJECTS = 100_000;
const MAX_TAGS = 10;
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const ROLE = 'bundles';

class BundlesEnvironment {
  @Setting({
    meaning: 'The bucket that bundles are stored in.',
    default: 'weft-bundles when embedded; else none, and nothing is bundled',
    accepts: 'the name of a bucket',
    check: isBucket,
    required: whereNamed(ROLE),
  })
  readonly DISTRIBUTION_BUCKET_NAME?: string;

  @Setting({
    meaning: 'The most MiB of objects, uncompressed, in one bundle. A larger object is refused.',
    default: String(DEFAULTS.maxInputMb),
    ...wholeNumber(1, MAX_INPUT_MB),
  })
  readonly MAX_BUNDLE_INPUT_MB?: string;

  @Setting({
    meaning: 'The most objects in one bundle.',
    default: String(DEFAULTS.maxObjects),
    ...wholeNumber(1, MAX_OBJECTS),
  })
  readonly BUNDLE_MAX_OBJECTS?: string;

  @Setting({
    meaning: 'Seconds after its first object at which a bundle is closed, full or not.',
    default: String(DEFAULTS.maxAgeS),
    ...wholeNumber(1, MAX_AGE_S),
  })
  readonly BUNDLE_MAX_AGE_SECONDS?: string;

  @Setting({
    meaning:
      'What goes into one bundle: objects whose keys have the same first parts ("prefix:2" for two), or the same match of a regular expression ("/^logs-(\\d+)/", its first group if it has one).',
    default: 'all objects go into one bundle',
    accepts: 'prefix:N with N from 1 to 16, or a regular expression between slashes',
    check: isGrouping,
  })
  readonly BUNDLE_GROUP_BY?: string;

  @Setting({
    meaning: "gzip's level: 1 is fast, 9 is small.",
    default: String(DEFAULTS.compressionLevel),
    ...wholeNumber(1, 9),
  })
  readonly BUNDLE_COMPRESSION_LEVEL?: string;

  @Setting({
    meaning: 'The storage class of bundles.',
    default: "the bucket's: STANDARD",
    accepts: "one of S3's, such as STANDARD_IA",
    check: oneOf(...Object.values(StorageClass)),
  })
  readonly BUNDLE_STORAGE_CLASS?: string;

  @Setting({
    meaning: 'Tags of bundles, such as team=data,cost=42.',
    default: 'none',
    accepts: `at most ${MAX_TAGS} pairs name=value, separated by commas`,
    check: areTags,
  })
  readonly BUNDLE_TAGS?: string;

  @Setting({
    meaning: 'The queue that notifications of new objects come to.',
    default: DEFAULTS.queue,
    accepts: 'the name, the URL or the ARN of an SQS queue',
    check: (value) => value !== 'none' && isQueue(value),
  })
  readonly BUNDLE_QUEUE_NAME?: string;

  @Setting({
    meaning:
      'The buckets whose objects are bundled, separated by commas. WEFT_PROVISION=create points their notifications at the queue; objects of other buckets are refused.',
    default: 'none: objects of every bucket are bundled, and notifications are set up by others',
    accepts: 'comma-separated names of buckets',
    check: (value) => listOf(value).length > 0 && listOf(value).every((name) => isBucket(name)),
  })
  readonly BUNDLE_SOURCE_BUCKETS?: string;

  @Setting({
    meaning:
      'The bucket that S3 replicates bundles to. Only the templates of "weft topology export" use it: the bundler never writes to it.',
    default: 'the distribution bucket with -archive behind it',
    accepts: 'the name of a bucket',
    check: isBucket,
  })
  readonly BUNDLE_ARCHIVE_BUCKET?: string;
}

export interface BundlesSettings {
  /** Absent: bundling is off. */
  readonly distributionBucket: string | undefined;
  /** For the exported templates; absent without a distribution bucket. */
  readonly archiveBucket: string | undefined;
  readonly queue: string;
  readonly sourceBuckets: readonly string[];
  readonly maxInputBytes: number;
  readonly maxObjects: number;
  readonly maxAgeMs: number;
  /** As it is set; see `grouping`. */
  readonly groupBy: string | undefined;
  readonly compressionLevel: number;
  readonly storageClass: StorageClass | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
}

/** The settings of bundles. */
export const bundlesSettings = defineSettings({
  title: 'Bundles',
  environment: BundlesEnvironment,
  alsoRequires: {
    variables: ['SERVICE_NAME', 'IDEMPOTENCY_TABLE_NAME', 'IDEMPOTENCY_TTL_DAYS', 'LOG_LEVEL'],
    where: whereNamed(ROLE),
  },
  check: (written, settings) => {
    const faults: ConfigurationFault[] = [];
    const { DISTRIBUTION_BUCKET_NAME: bucket, BUNDLE_SOURCE_BUCKETS: sources } = written;
    const on = settings.stack === 'embedded' || bucket !== undefined;
    if (on && consumes(settings, ROLE) && settings.idempotency.store === 'none') {
      faults.push({
        variable: 'IDEMPOTENCY_TABLE_NAME',
        problem: 'is none, and bundles need to remember which objects are in one',
        remedy: 'Name a table, or leave it out',
      });
    }
    if (bucket !== undefined && listOf(sources).includes(bucket)) {
      faults.push({
        variable: 'BUNDLE_SOURCE_BUCKETS',
        problem: `names ${bucket}, which is the bucket of the bundles`,
        remedy: 'Leave it out: bundles would be bundled again and again',
      });
    }
    return faults;
  },
  read(written, { stack }): BundlesSettings {
    const embedded = stack === 'embedded' ? DEFAULTS.embeddedBucket : undefined;
    const distributionBucket = written.DISTRIBUTION_BUCKET_NAME ?? embedded;
    return {
      distributionBucket,
      archiveBucket:
        written.BUNDLE_ARCHIVE_BUCKET ?? (distributionBucket && `${distributionBucket}-archive`),
      queue: written.BUNDLE_QUEUE_NAME ?? DEFAULTS.queue,
      sourceBuckets: listOf(written.BUNDLE_SOURCE_BUCKETS),
      maxInputBytes: Number(written.MAX_BUNDLE_INPUT_MB ?? DEFAULTS.maxInputMb) * BYTES_PER_MB,
      maxObjects: Number(written.BUNDLE_MAX_OBJECTS ?? DEFAULTS.maxObjects),
      maxAgeMs: Number(written.BUNDLE_MAX_AGE_SECONDS ?? DEFAULTS.maxAgeS) * 1000,
      groupBy: written.BUNDLE_GROUP_BY,
      compressionLevel: Number(written.BUNDLE_COMPRESSION_LEVEL ?? DEFAULTS.compressionLevel),
      storageClass: Object.values(StorageClass).find((one) => one === written.BUNDLE_STORAGE_CLASS),
      tags: tagsOf(written.BUNDLE_TAGS),
    };
  },
});

function areTags(value: string): boolean {
  const pairs = listOf(value);
  return (
    pairs.length > 0 &&
    pairs.length <= MAX_TAGS &&
    pairs.every((pair) => {
      const [name = '', ...rest] = pair.split('=');
      return rest.length === 1 && TAG.test(name) && TAG.test(rest[0] ?? '');
    })
  );
}

function tagsOf(value: string | undefined): BundlesSettings['tags'] {
  if (value === undefined) return undefined;
  return Object.fromEntries(listOf(value).map((pair) => pair.split('=') as [string, string]));
}
