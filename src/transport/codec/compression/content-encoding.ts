import { InvalidMessageError } from '../../errors/index.js';
import { encodingOf, type Encoding } from './encodings.js';

/** Names the attribute by which a compressed body is known. */
export const CONTENT_ENCODING = 'Content-Encoding';
const LOWER_CASE = CONTENT_ENCODING.toLowerCase();
const MAX_SHOWN_LENGTH = 40;

/** What the attribute of a message says, by its name in any case; undefined where there is none. */
function written(attributes: ReadonlyMap<string, string>): string | undefined {
  const exact = attributes.get(CONTENT_ENCODING);
  if (exact !== undefined) return exact;
  for (const [name, value] of attributes) if (name.toLowerCase() === LOWER_CASE) return value;
  return undefined;
}

/**
 * How a body is compressed; undefined where it is not.
 *
 * @throws InvalidMessageError for an encoding that is not known: read as it is, the body would be taken for another.
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

/** Whether a message says that its body is compressed by an encoding that `compressed()` reads. */
export function isCompressed(attributes: ReadonlyMap<string, string>): boolean {
  const encoding = encodingOf(written(attributes) ?? '');
  return encoding !== undefined && encoding !== 'identity';
}
