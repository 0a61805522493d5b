/** Maximum bytes of a member's name and of its key; S3 has the same limit for keys. */
const MAX_NAME_BYTES = 1024;

/** A key may have been encoded by a chain of programs; a longer chain is an attempt to hide something. */
const MAX_DECODINGS = 5;

const ENCODED_RUN = /(?:%[0-9a-f]{2})+/gi;
const LEADING_DRIVE = /^[a-z]:/i;
/** C0, DEL and C1; format characters; line and paragraph separators; halves of a character. */
const UNSPEAKABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const SPACE_AT_AN_END = /^\p{Zs}|\p{Zs}$/u;
const DEVICE = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?$/i;

type MemberName =
  { readonly ok: true; readonly name: string } | { readonly ok: false; readonly reason: string };

/**
 * The name of an object in an archive. On any system, and for any key, it stays inside the folder it is extracted to.
 * Applied to its own result, this changes nothing.
 *
 * @param key the object's key in S3.
 * @example
 * memberName('C:\\Windows\\System32.dll'); // { ok: true, name: 'Windows/System32.dll' }
 * memberName('a/../../etc/passwd'); // { ok: false, reason: 'has a ".." part' }
 */
export function memberName(key: string): MemberName {
  if (Buffer.byteLength(key) > MAX_NAME_BYTES) return refused(TOO_LONG);
  const plain = decoded(key);
  if (plain === undefined) return refused(`is URL-encoded more than ${MAX_DECODINGS} times`);
  if (UNSPEAKABLE.test(plain)) return refused('has control or format characters');
  const parts = partsOf(plain);
  const reason = parts.map(faultOf).find((fault) => fault !== undefined);
  if (reason !== undefined) return refused(reason);
  if (parts.length === 0) return refused('has no part that could be a name');
  const name = parts.join('/');
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? refused(TOO_LONG) : { ok: true, name };
}

const TOO_LONG = `has more than ${MAX_NAME_BYTES} bytes`;

const refused = (reason: string): MemberName => ({ ok: false, reason });

/** URL-decodes and applies NFKC until neither changes the text, because each may produce input for the other. */
function decoded(key: string): string | undefined {
  let text = key.normalize('NFKC');
  for (let times = 0; times <= MAX_DECODINGS; times++) {
    const next = text.replaceAll(ENCODED_RUN, decodedRun).normalize('NFKC');
    if (next === text) return text;
    text = next;
  }
  return undefined;
}

/** A run that is not valid UTF-8 is left unchanged. */
function decodedRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}

/** Drops empty and `.` parts, and drives, of which one may hide another. */
function partsOf(text: string): string[] {
  let parts = text.replaceAll('\\', '/').split('/').filter(isNamed);
  while (parts[0] !== undefined && LEADING_DRIVE.test(parts[0])) {
    parts = [parts[0].slice(2), ...parts.slice(1)].filter(isNamed);
  }
  return parts;
}

const isNamed = (part: string): boolean => part !== '' && part !== '.';

function faultOf(part: string): string | undefined {
  if (part === '..') return 'has a ".." part';
  if (SPACE_AT_AN_END.test(part)) return 'has a part that begins or ends with a space';
  if (part.endsWith('.')) return 'has a part that ends with a dot';
  if (DEVICE.test(part)) return 'has a part that names a device';
  return undefined;
}
