import type { S3Client } from '@aws-sdk/client-s3';
import { isAccessDenied, isNotFound } from '../../../aws/index.js';
import { PermanentError } from '../../../transport/errors/index.js';
import { BundleReader } from '../archive/bundle-reader.js';
import type { BundledObject, RefusedObject } from '../archive/manifest.js';
import { bundleSource } from './bundle-source.js';
import { extractObject } from './extract-object.js';

export interface UnbundleOptions {
  /** Default: the objects are verified, but not written. */
  readonly to?: string | undefined;
  /** One object, by its name in the bundle or its key; only that part of the bundle is read. Default: all. */
  readonly only?: string | undefined;
  /** Lists the contents without reading the objects. Default: false. */
  readonly list?: boolean | undefined;
  /** Gives the client of the bundle's bucket; called if the bundle is in S3. */
  readonly s3: () => S3Client;
}

/** The result for a bundle. */
export interface Unbundled {
  readonly objects: readonly BundledObject[];
  readonly refused: readonly RefusedObject[];
  /** Number of objects that were read, verified, and written if requested. */
  readonly done: number;
  /** A text for the fault of each object. */
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
  const source = await bundleSource(location, options.s3);
  const reader = await BundleReader.open(source).catch((error: unknown) => {
    throw refusalOf(error, location);
  });
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
    const left = new Set(objects);
    try {
      for await (const { object, pieces } of reader.members()) {
        left.delete(object);
        await take(object, pieces);
      }
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      // If one gzip member is damaged, the objects of the others can still be read.
      for (const object of left) await take(object, reader.read(object));
      if (faults.length === 0) faults.push(error.message);
    }
  }
  return { objects, refused: only === undefined ? refused : [], done, faults };
}

/** A clear error for a refusal by S3; any other error unchanged. */
function refusalOf(cause: unknown, location: string): unknown {
  if (isNotFound(cause)) return new PermanentError(`${location} does not exist`, { cause });
  if (!isAccessDenied(cause)) return cause;
  const text = `${location} may not be read by this role. Give it s3:GetObject on the bucket`;
  return new PermanentError(text, { cause });
}

const isNamed =
  (only: string) =>
  ({ name, key }: BundledObject): boolean =>
    name === only || key === only;

async function readThrough(pieces: AsyncIterable<Buffer>): Promise<void> {
  const reading = pieces[Symbol.asyncIterator]();
  while (!(await reading.next()).done);
}
