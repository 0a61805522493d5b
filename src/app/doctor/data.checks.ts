import { systemClock } from '../../transport/clock.js';
import { atMost } from '../../common/at-most.js';
import { findBucket } from '../../aws/find-bucket.js';
import type { DoctorCheck } from '../../platform/cli/index.js';
import { createDocumentStore } from '../../platform/persistence/index.js';
import { TopologyError } from '../../transport/index.js';
import { verifyIdempotencyTable } from '../../transport/idempotency/index.js';

const TIMEOUT_MS = 10_000;

/**
 * Checks that the bucket for large payloads exists. The role may write and read there, but not list, so S3 answers 403
 * for the bucket itself. For a missing bucket S3 answers 404 to every role.
 */
export const checkBucket: DoctorCheck = async ({ settings, aws }) => {
  const { payloadBucket } = settings.messaging;
  const check = 'Payload bucket';
  if (payloadBucket === undefined) {
    return [
      { check, ok: true, detail: 'none: payloads over the limits of SNS and SQS are refused' },
    ];
  }
  const found = await findBucket(aws.s3, payloadBucket);
  if (found === 'missing') {
    const remedy = 'Create the bucket, or correct WEFT_PAYLOAD_BUCKET';
    return [{ check, ok: false, detail: `${payloadBucket} does not exist`, remedy }];
  }
  const detail =
    found === 'denied'
      ? `${payloadBucket} exists; that this role may not list it is as it should be`
      : payloadBucket;
  return [{ check, ok: true, detail }];
};

/** Checks the table of handled messages. */
export const checkIdempotencyTable: DoctorCheck = async ({ settings, aws }) => {
  const { tableName } = settings.idempotency;
  const check = 'Idempotency table';
  if (tableName === undefined) {
    return [
      {
        check,
        ok: true,
        detail: `none: handled messages are kept in ${settings.idempotency.store}`,
      },
    ];
  }
  try {
    await verifyIdempotencyTable(aws.dynamodb, tableName);
    return [{ check, ok: true, detail: tableName }];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    const remedy = 'Create the table as described, or start once with WEFT_PROVISION=create';
    return [{ check, ok: false, detail: error.message, remedy }];
  }
};

/** Checks that the document store answers. */
export const checkDocuments: DoctorCheck = async ({ settings: { mongodbUri }, documentsDir }) => {
  const check = 'Documents';
  const store = await createDocumentStore(
    mongodbUri === undefined
      ? { kind: 'embedded', documentsDir }
      : { kind: 'mongodb', uri: mongodbUri },
  );
  try {
    if ((await atMost(systemClock, TIMEOUT_MS, store.ping())) === 'timedOut')
      throw new Error(`no answer within ${TIMEOUT_MS / 1000} s`);
    const where = mongodbUri === undefined ? 'embedded' : `MongoDB at ${hostsOf(mongodbUri)}`;
    return [{ check, ok: true, detail: `${where}, answers` }];
  } catch (error) {
    return [
      {
        check,
        ok: false,
        detail: error instanceof Error ? error.message : String(error),
        remedy: 'Check MONGODB_URI, and that this machine may connect to it',
      },
    ];
  } finally {
    await store.close();
  }
};

/** The hosts of a URI, without name and password. */
const hostsOf = (uri: string): string =>
  uri
    .replace(/^mongodb(\+srv)?:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/[/?].*$/, '');
