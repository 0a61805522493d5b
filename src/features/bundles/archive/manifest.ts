import { isWholeNumber } from '../../../common/whole-numbers.js';

/** The last member of each archive. */
export const MANIFEST_NAME = 'manifest.json';
const MANIFEST_VERSION = 1;

/** An S3 object and its state. */
export interface ObjectIdentity {
  readonly bucket: string;
  readonly key: string;
  /** Null in a bucket without versions. */
  readonly version_id: string | null;
  /** From the notification; distinguishes the states of a key. */
  readonly sequencer: string | null;
}

/** An object that is in the archive. */
export interface BundledObject extends ObjectIdentity {
  /** Name of its member in the archive. */
  readonly name: string;
  readonly etag: string | null;
  /** Bytes. */
  readonly size: number;
  /** Hash of its bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** Position in the bundle of the gzip member in which the object begins. */
  readonly offset: number;
  /** Number of bytes to read from there. */
  readonly length: number;
  /** Number of inflated bytes before the object's first one. */
  readonly skip: number;
}

/** An object that was announced and is not in the archive. */
export interface RefusedObject extends ObjectIdentity {
  readonly reason: string;
  /**
   * True if the object no longer exists, so that retrying is useless. Other objects can be bundled once the reason is
   * remedied.
   */
  readonly final: boolean;
}

/** The contents of a bundle, and the objects left out. It does not depend on the time or place of bundling. */
export interface Manifest {
  readonly version: typeof MANIFEST_VERSION;
  readonly objects: readonly BundledObject[];
  readonly refused: readonly RefusedObject[];
}

export function writeManifest(
  objects: readonly BundledObject[],
  refused: readonly RefusedObject[],
): Buffer {
  const manifest: Manifest = { version: MANIFEST_VERSION, objects, refused };
  return Buffer.from(`${JSON.stringify(manifest)}\n`);
}

/** @throws {SyntaxError} if it is no manifest of this version. Its contents are not verified. */
export function parseManifest(text: string): Manifest {
  const value: unknown = JSON.parse(text);
  const { version, objects, refused } = Object(value) as Partial<Record<keyof Manifest, unknown>>;
  const fits =
    version === MANIFEST_VERSION &&
    Array.isArray(objects) &&
    objects.every(isBundled) &&
    Array.isArray(refused) &&
    refused.every(isRefused);
  if (!fits) throw new SyntaxError(`It is not a manifest of version ${MANIFEST_VERSION}`);
  return value as Manifest;
}

/** A text that is equal exactly for the same object. */
export const identityText = ({ bucket, key, version_id, sequencer }: ObjectIdentity): string =>
  JSON.stringify([bucket, key, version_id ?? sequencer]);

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);

function isIdentity(value: unknown): boolean {
  const { bucket, key, version_id, sequencer } = Object(value) as Record<string, unknown>;
  return isText(bucket) && isText(key) && isTextOrNull(version_id) && isTextOrNull(sequencer);
}

const isRefused = (value: unknown): boolean =>
  isIdentity(value) && isText((Object(value) as Record<string, unknown>)['reason']);

function isBundled(value: unknown): boolean {
  const { name, sha256, size, offset, length, skip } = Object(value) as Record<string, unknown>;
  return (
    isIdentity(value) &&
    isText(name) &&
    isText(sha256) &&
    [size, offset, length, skip].every((one) => isWholeNumber(one, 0))
  );
}
