import { InvalidMessageError } from '../../errors/index.js';
import { encodingOf, type Encoding } from './encodings.js';

/** The attribute that marks a compressed body. */
export const CONTENT_ENCODING = 'Content-Encoding';
const LOWER_CASE = CONTENT_ENCODING.toLowerCase();
const MAX_SHOWN_LENGTH = 40;

/** The attribute's value, whatever the case of its name; undefined without the attribute. */
function written(attributes: ReadonlyMap<string, string>): string | undefined {
  const exact = attributes.get(CONTENT_ENCODING);
  if (exact !== undefined) return exact;
  for (const [name, value] of attributes) if (name.toLowerCase() === LOWER_CASE) return value;
  return undefined;
}

/**
 * The encoding of a body; undefined for one that is not compressed.
 *
 * @throws InvalidMessageError for an unknown encoding: reading the body as it is would give wrong data.
 */
export function contentEncoding(attributes: ReadonlyMap<string, string>): Encoding | undefined {
  const text = written(attributes) ?? '';
  const encoding = encodingOf(text);
  if (encoding === undefined)
    throw new InvalidMessageError(
      `The body has the Content-Encoding ${JSON.stringify(text.slice(0, MAX_SHOWN_LENGTH))}, which is not supported. Supported are gzip, br and zstd`,
    );
  return encoding === 'identity' ? undefined : encoding;
}

/** Whether a message's attribute names an encoding that `compressed()` reads. */
export function isCompressed(attributes: ReadonlyMap<string, string>): boolean {
  const encoding = encodingOf(written(attributes) ?? '');
  return encoding !== undefined && encoding !== 'identity';
}
