import { isWholeNumber } from '../../../common/whole-numbers.js';

/** The last member of each archive. */
export const MANIFEST_NAME = 'manifest.json';
const MANIFEST_VERSION = 1;

/** Which object of S3, and which state of it. */
export interface ObjectIdentity {
  readonly bucket: string;
  readonly key: string;
  /** Null in a bucket without versions. */
  readonly version_id: string | null;
  /** Of the notification: it distinguishes the states of a key. */
  readonly sequencer: string | null;
}

/** An object that is in the archive. */
export interface BundledObject extends ObjectIdentity {
  /** Of its member in the archive. */
  readonly name: string;
  readonly etag: string | null;
  /** Bytes. */
  readonly size: number;
  /** Of its bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** Where the gzip member begins that the object is in, in bytes of the bundle. */
  readonly offset: number;
  /** Bytes from there that have to be read. */
  readonly length: number;
  /** Bytes of what is inflated before the object's first one. */
  readonly skip: number;
}

/** An object that was announced and is not in the archive. */
export interface RefusedObject extends ObjectIdentity {
  readonly reason: string;
  /** True when the object is gone, so that nothing is left to try. Other objects can be bundled once their reason is remedied. */
  readonly final: boolean;
}

/** What is in a bundle and what is not. Nothing in it depends on when or where it was made. */
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

/** @throws {SyntaxError} when it is not a manifest of this version; what it says may still be false. */
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

/** Objects that are one and the same have the same text. */
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
