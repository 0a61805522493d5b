import { createHash } from 'node:crypto';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { BundleReader } from '../../../../src/features/bundles/archive/bundle-reader.js';
import { objectRanges } from '../../../../src/features/bundles/archive/object-ranges.js';

/** Where every object of every bundle is, and which are said to be gone. */
export interface Account {
  readonly bundles: number;
  /** SHA-256 by key, one for each time the object is in a bundle. */
  readonly bundled: ReadonlyMap<string, readonly string[]>;
  /** Keys, once for each manifest that says so. */
  readonly gone: readonly string[];
}

/** Reads every byte of every bundle; each object's hash is checked as it is read. */
export async function account(s3: S3Client, bucket: string): Promise<Account> {
  const bundled = new Map<string, string[]>();
  const gone: string[] = [];
  const keys = await keysOf(s3, bucket);
  for (const bundle of keys) {
    const reader = await BundleReader.open(objectRanges(s3, bucket, bundle));
    for await (const { object, pieces } of reader.members()) {
      const hash = createHash('sha256');
      for await (const piece of pieces) hash.update(piece);
      bundled.set(object.key, [...(bundled.get(object.key) ?? []), hash.digest('hex')]);
    }
    gone.push(...reader.manifest.refused.map(({ key }) => key));
  }
  return { bundles: keys.length, bundled, gone };
}

async function keysOf(s3: S3Client, Bucket: string): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return keys;
}
