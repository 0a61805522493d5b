import type { DatabaseSync } from 'node:sqlite';
import { types } from 'node:util';
import { inTransaction } from './in-transaction.js';
import { internalOf, type S3Store, type SnsStore } from './fauxqs.js';

type Undo = () => void;

const mapOf = <V>(store: object, name: string): Map<string, V> =>
  internalOf(store, name, (value): value is Map<string, V> => types.isMap(value));

/** Makes a method undo its changes when it throws. */
const undoing =
  <A extends unknown[], R>(method: (...args: A) => R, remember: (...args: NoInfer<A>) => Undo) =>
  (...args: A): R => {
    const undo = remember(...args);
    try {
      return method(...args);
    } catch (error) {
      undo();
      throw error;
    }
  };

/** Remembers the maps' values for this key. */
const entries = (key: string, ...maps: readonly Map<string, unknown>[]): Undo => {
  const before = maps.map((map) => ({ map, known: map.has(key), value: map.get(key) }));
  return () => {
    for (const { map, known, value } of before)
      if (known) map.set(key, value);
      else map.delete(key);
  };
};

/** Removes the entries added last to the maps. */
const additions = (...maps: readonly Map<string, unknown>[]): Undo => {
  const before = maps.map((map) => ({ map, size: map.size }));
  return () => {
    for (const { map, size } of before) {
      const last = map.size > size ? [...map.keys()].at(-1) : undefined;
      if (last !== undefined) map.delete(last);
    }
  };
};

/**
 * fauxqs 2.4.1 changes its memory before it writes. A bucket, a topic or a deletion that failed, as on a full disk,
 * would exist until the next start, and a second attempt would be confirmed without being written.
 */
export function undoRefusedChanges(s3: S3Store, sns: SnsStore, database: DatabaseSync): void {
  const buckets = mapOf<Map<string, unknown>>(s3, 'buckets');
  const facts = ['bucketCreationDates', 'bucketTypes', 'bucketLifecycleConfigurations'];
  const ofBucket = [buckets, ...facts.map((name) => mapOf(s3, name))];
  const uploads = mapOf<{ readonly bucket: string; readonly parts: Map<number, unknown> }>(
    s3,
    'multipartUploads',
  );
  const uploadsByBucket = mapOf<Set<string>>(s3, 'multipartUploadsByBucket');
  s3.createBucket = undoing(s3.createBucket.bind(s3), (...[name]) => entries(name, ...ofBucket));
  s3.deleteBucket = undoing(s3.deleteBucket.bind(s3), (name) => entries(name, ...ofBucket));
  s3.deleteObject = undoing(s3.deleteObject.bind(s3), (bucket, key) => {
    const objects = buckets.get(bucket);
    return objects ? entries(key, objects) : () => undefined;
  });
  s3.createMultipartUpload = undoing(s3.createMultipartUpload.bind(s3), () => additions(uploads));
  s3.uploadPart = undoing(s3.uploadPart.bind(s3), (...[id, number]) => {
    const parts = uploads.get(id)?.parts;
    const before = parts?.get(number);
    return () => (before === undefined ? parts?.delete(number) : parts?.set(number, before));
  });
  s3.abortMultipartUpload = undoing(s3.abortMultipartUpload.bind(s3), (id) => {
    const upload = uploads.get(id);
    const undo = entries(id, uploads);
    return () => {
      undo();
      if (upload) uploadsByBucket.get(upload.bucket)?.add(id);
    };
  });

  const atOnce =
    <A extends unknown[], R>(method: (...args: A) => R) =>
    (...args: A): R =>
      inTransaction(database, () => method(...args));
  const topics = mapOf<{ subscriptionArns: string[] }>(sns, 'topics');
  const subscriptions = mapOf<{ readonly topicArn: string }>(sns, 'subscriptions');
  const ofTopic = (arn: string): Undo => {
    const topic = topics.get(arn);
    const arns = [...(topic?.subscriptionArns ?? [])];
    const undo = [entries(arn, topics), ...arns.map((one) => entries(one, subscriptions))];
    const undoAdded = additions(subscriptions);
    return () => {
      if (topic) topic.subscriptionArns = arns;
      undoAdded();
      undo.forEach((one) => one());
    };
  };
  sns.createTopic = undoing(sns.createTopic.bind(sns), () => additions(topics));
  sns.deleteTopic = undoing(atOnce(sns.deleteTopic.bind(sns)), ofTopic);
  sns.subscribe = undoing(atOnce(sns.subscribe.bind(sns)), (...[arn]) => ofTopic(arn));
  sns.unsubscribe = undoing(atOnce(sns.unsubscribe.bind(sns)), (arn) =>
    ofTopic(subscriptions.get(arn)?.topicArn ?? ''),
  );
}
