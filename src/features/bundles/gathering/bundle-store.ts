import {
  AbortMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { isNotFound } from '../../../aws/index.js';
import { uploadInParts } from '../../../aws/multipart-upload.js';
import type { ClosedBundle } from '../archive/bundle-archive.js';
import { BundleReader } from '../archive/bundle-reader.js';
import { objectRanges } from '../archive/object-ranges.js';
import type { Manifest } from '../archive/manifest.js';

interface BundleStoreOptions {
  readonly bucket: string;
  readonly storageClass?: StorageClass | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** AWS accepts parts of 5 MiB to 5 GiB, the embedded S3 up to 11 MiB. */
const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;

/** The bucket bundles are stored in. */
export class BundleStore {
  constructor(
    private readonly s3: () => S3Client,
    private readonly options: BundleStoreOptions,
  ) {}

  /**
   * Stores a bundle, completely or not at all.
   *
   * @param seal called with the upload's id once all parts are uploaded, before the bundle appears; it throws to
   * prevent that.
   */
  async put(
    key: string,
    bundle: ClosedBundle,
    seal: (uploadId: string) => Promise<void>,
  ): Promise<void> {
    const { bucket, storageClass, tags } = this.options;
    const object = {
      Bucket: bucket,
      Key: key,
      ContentType: 'application/gzip',
      Metadata: { 'content-sha256': bundle.sha256 },
      ...(storageClass && { StorageClass: storageClass }),
      ...(tags && { Tagging: new URLSearchParams(tags).toString() }),
    };
    const partBytes = Math.max(PART_BYTES, Math.ceil(bundle.size / MAX_PARTS));
    await uploadInParts(this.s3(), object, async (upload) => {
      const parts: CompletedPart[] = [];
      for (let from = 0; from < bundle.size; from += partBytes) {
        const PartNumber = parts.length + 1;
        const Body = await bundle.read(from, from + partBytes);
        const part = new UploadPartCommand({ ...upload, PartNumber, Body });
        parts.push({ PartNumber, ETag: (await this.s3().send(part)).ETag });
      }
      await seal(upload.UploadId ?? '');
      return parts;
    });
  }

  /** Aborts an upload, so that it can never become a bundle; a completed bundle stays. */
  async abort(key: string, uploadId: string): Promise<void> {
    try {
      await this.s3().send(
        new AbortMultipartUploadCommand({
          Bucket: this.options.bucket,
          Key: key,
          UploadId: uploadId,
        }),
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** The manifest of a stored bundle; undefined if there is none of this key. */
  async manifest(key: string): Promise<Manifest | undefined> {
    try {
      return (await BundleReader.open(objectRanges(this.s3(), this.options.bucket, key))).manifest;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
