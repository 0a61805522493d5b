/** What S3 writes of one object, as it writes it. */
export interface Announced {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly eTag?: string | undefined;
  readonly versionId?: string | undefined;
  readonly sequencer?: string | undefined;
}

/** A key as S3 writes it into notifications. */
export const encodedKey = (key: string): string =>
  encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');

/** One record of a notification. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
export const recordOf = (
  { bucket, key, ...object }: Announced,
  eventName = 'ObjectCreated:Put',
) => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'us-east-1',
  eventTime: '2026-11-26T06:00:00.000Z',
  eventName,
  s3: {
    s3SchemaVersion: '1.0',
    bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
    object: { ...object, key: encodedKey(key) },
  },
});

/** The body of a notification of these objects. */
export const notificationOf = (...objects: readonly Announced[]): string =>
  JSON.stringify({ Records: objects.map((object) => recordOf(object)) });

/** The same by EventBridge, which tells of one object and does not encode its key. */
export const eventOf = ({ bucket, key, size, eTag, versionId, sequencer }: Announced): string =>
  JSON.stringify({
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '111122223333',
    time: '2026-11-26T06:00:00Z',
    region: 'us-east-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size, etag: eTag, 'version-id': versionId, sequencer },
      reason: 'PutObject',
    },
  });
