import type { S3Client } from '@aws-sdk/client-s3';
import { PermanentError } from '../../../transport/errors/index.js';
import { BundleReader } from '../archive/bundle-reader.js';
import type { BundledObject, RefusedObject } from '../archive/manifest.js';
import { bundleSource } from './bundle-source.js';
import { extractObject } from './extract-object.js';

export interface UnbundleOptions {
  /** Default: the objects are checked, and written nowhere. */
  readonly to?: string | undefined;
  /** One object, by its name in the bundle or its key. Only its part of the bundle is read. Default: all. */
  readonly only?: string | undefined;
  /** Says what is in the bundle, reads no object. Default: false. */
  readonly list?: boolean | undefined;
  /** Of the bundle's bucket; asked for where it is in S3. */
  readonly s3: () => S3Client;
}

/** What was found in a bundle. */
export interface Unbundled {
  readonly objects: readonly BundledObject[];
  readonly refused: readonly RefusedObject[];
  /** Objects that were read, their hashes checked, and written if asked for. */
  readonly done: number;
  /** What is wrong, object by object. */
  readonly faults: readonly string[];
}

/**
 * Lists, checks or extracts a bundle.
 *
 * @param location `s3://bucket/key`, or a file.
 * @throws {PermanentError} when it is no bundle, or `only` is not in it.
 * @example
 * await unbundle('s3://bundles/2026/11/26/09/bundle-….gz', { s3: () => aws.s3, to: 'out' });
 */
export async function unbundle(location: string, options: UnbundleOptions): Promise<Unbundled> {
  const { only, list = false, to } = options;
  const reader = await BundleReader.open(await bundleSource(location, options.s3));
  const { objects: all, refused } = reader.manifest;
  const objects = only === undefined ? all : all.filter(isNamed(only));
  if (only !== undefined && objects.length === 0) {
    throw new PermanentError(`${location} has no object ${only}. --list says which it has`);
  }
  const faults: string[] = [];
  let done = 0;
  const take = async ({ name }: BundledObject, pieces: AsyncIterable<Buffer>): Promise<void> => {
    try {
      await (to === undefined ? readThrough(pieces) : extractObject(name, pieces, to));
      done += 1;
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      faults.push(error.message);
    }
  };
  if (!list && only !== undefined) {
    for (const object of objects) await take(object, reader.read(object));
  } else if (!list) {
    for await (const { object, pieces } of reader.members()) await take(object, pieces);
  }
  return { objects, refused: only === undefined ? refused : [], done, faults };
}

const isNamed =
  (only: string) =>
  ({ name, key }: BundledObject): boolean =>
    name === only || key === only;

async function readThrough(pieces: AsyncIterable<Buffer>): Promise<void> {
  const reading = pieces[Symbol.asyncIterator]();
  while (!(await reading.next()).done);
}
