import { PermanentError } from '../../transport/errors/index.js';

/** Why an object is in no bundle; also the label values of the metric. */
export type RefusalKind = 'gone' | 'forbidden' | 'too_large' | 'bad_name' | 'bad_bucket' | 'failed';

/** An object that can never be bundled, however often it is tried. */
export class RefusedObjectError extends PermanentError {
  override readonly code = 'WEFT_OBJECT_REFUSED';

  constructor(
    readonly kind: RefusalKind,
    /** As the manifest says it. */
    readonly reason: string,
    place: { readonly bucket: string; readonly key: string },
    cause?: unknown,
  ) {
    super(`${place.bucket}/${place.key} ${reason}`, { cause });
  }
}
