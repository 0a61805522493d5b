import { posix, win32 } from 'node:path';
import { expect } from '@jest/globals';
import * as fc from 'fast-check';
import { memberName } from '../../../../src/features/bundles/archive/member-name.js';

/** Undefined for a key that is refused. */
export const nameOf = (key: string): string | undefined => {
  const named = memberName(key);
  return named.ok ? named.name : undefined;
};

/** What keys that mean harm are made of. */
export const PIECES = [
  '.|..|/|\\|:| |%|%2e|%2E%2e|%252e|%2f|%5c|%25|%00|C:|c%3A|con|NUL|aux.|com1|a|B|é|1|~|x.txt',
  '\u0000|\uff0e|\uff0f|\uff3c|\uff05|\uff1a|\u2025|\u2026|\u00a0|\u202e|\u2028|\ud800|\u0301',
  'e\u0301|\u00b9|ﬁ|日|😀|%c3%a9|%e9|%ff',
].flatMap((pieces) => pieces.split('|'));

export const hostileKey = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Whether the key was named at all. Cheap, as it runs a million times. */
export function isSafe(key: string): boolean {
  const name = nameOf(key);
  if (name === undefined) return false;
  if (nameOf(name) !== name || !staysBelow(name)) expectSafe(key);
  return true;
}

export function expectSafe(key: string): void {
  const name = nameOf(key);
  if (name === undefined) return;
  expect([key, nameOf(name)]).toEqual([key, name]);
  expect([key, name, staysBelow(name)]).toEqual([key, name, true]);
  expect(name).not.toMatch(/[\p{Cc}\p{Cf}\\]/u);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(1024);
}

const staysBelow = (name: string): boolean =>
  posix.join('/to/here', name).startsWith('/to/here/') &&
  win32.join('D:\\to\\here', name).startsWith('D:\\to\\here\\') &&
  !posix.isAbsolute(name) &&
  !win32.isAbsolute(name);
