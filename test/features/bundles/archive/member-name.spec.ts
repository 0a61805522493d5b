import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { memberName } from '../../../../src/features/bundles/archive/member-name.js';
import { MemberNames } from '../../../../src/features/bundles/archive/member-names.js';
import { expectSafe, hostileKey, nameOf } from './hostile-keys.js';

const encoded = (text: string, times: number): string =>
  times === 0 ? text : encoded(encodeURIComponent(text), times - 1);

describe('the name of a member', () => {
  it.each([
    ['foo/./bar//baz.txt', 'foo/bar/baz.txt'],
    ['/etc/passwd', 'etc/passwd'],
    ['my-backup..old.txt', 'my-backup..old.txt'],
    ['C:\\Windows\\System32.dll', 'Windows/System32.dll'],
    ['c:D:\\x', 'x'],
    ['C:/./D:/x', 'x'],
    ['a\\b', 'a/b'],
    ['//server/share', 'server/share'],
    ['folder/', 'folder'],
    ['.hidden/.env', '.hidden/.env'],
    ['100%.txt', '100%.txt'],
    ['a%2Fb%zz', 'a/b%zz'],
    ['%e4.txt', '%e4.txt'],
    ['ﬁle ①.txt', 'file 1.txt'],
    ['e\u0301', '\u00e9'],
    ['日本/表.csv', '日本/表.csv'],
    ['console', 'console'],
    ['com10', 'com10'],
    [encoded('ü/x', 5), 'ü/x'],
  ])('of %j is %j', (key, name) => {
    expect(memberName(key)).toEqual({ ok: true, name });
  });

  it.each([
    ['folder/../../etc/passwd', 'has a ".." part'],
    ['..', 'has a ".." part'],
    ['a/%2e%2e/b', 'has a ".." part'],
    ['a\\..\\b', 'has a ".." part'],
    ['C:..', 'has a ".." part'],
    ['%252e%252e%252f', 'has a ".." part'],
    ['\uff0e\uff0e/x', 'has a ".." part'],
    ['\uff052e\uff052e/x', 'has a ".." part'],
    ['\u2025/x', 'has a ".." part'],
    ['', 'has no part that could be a name'],
    ['/', 'has no part that could be a name'],
    ['./.', 'has no part that could be a name'],
    ['C:', 'has no part that could be a name'],
    ['a\u0000b', 'has control or format characters'],
    ['a%00b', 'has control or format characters'],
    ['a\u007f', 'has control or format characters'],
    ['a\u0085b', 'has control or format characters'],
    ['\u202egnp.exe', 'has control or format characters'],
    ['a\ufeff', 'has control or format characters'],
    ['a\u200bb', 'has control or format characters'],
    ['a\u2028b', 'has control or format characters'],
    ['a\u2029b', 'has control or format characters'],
    ['a\ud800', 'has control or format characters'],
    ['a /b', 'has a part that begins or ends with a space'],
    ['a/ b', 'has a part that begins or ends with a space'],
    ['a\u00a0', 'has a part that begins or ends with a space'],
    ['a\u1680/b', 'has a part that begins or ends with a space'],
    ['a./b', 'has a part that ends with a dot'],
    ['...', 'has a part that ends with a dot'],
    ['CON', 'has a part that names a device'],
    ['a/nul.txt', 'has a part that names a device'],
    ['Com1', 'has a part that names a device'],
    ['com\u00b9.log', 'has a part that names a device'],
    ['lpt9.a.b', 'has a part that names a device'],
    ['x'.repeat(1025), 'has more than 1024 bytes'],
    ['ü'.repeat(513), 'has more than 1024 bytes'],
    ['\ufdfa'.repeat(100), 'has more than 1024 bytes'],
    [encoded('é', 7), 'is URL-encoded more than 5 times'],
  ])('of %j is refused: it %s', (key, reason) => {
    expect(memberName(key)).toEqual({ ok: false, reason });
  });

  it('of 1024 bytes is the longest', () => {
    expect(memberName('ü'.repeat(512))).toMatchObject({ ok: true });
  });
  it('never leads out of the folder it is unpacked to, and goes in again unchanged', () => {
    fc.assert(
      fc.property(hostileKey, (key) => {
        expectSafe(key);
      }),
      { numRuns: 3000 },
    );
    expect(nameOf('..')).toBeUndefined();
  });
});

describe('the names of one archive', () => {
  it('tell two keys apart that have the same name', () => {
    const names = new MemberNames();
    expect(names.take('a/b.txt', 'first')).toBe('a/b.txt');
    expect(names.take('a/b.txt', 'second')).toBe('~16367aac/a/b.txt');
  });

  it('never make one member the folder of another', () => {
    const names = new MemberNames();
    names.take('a/b', '1');
    expect(names.take('a/b/c', '2')).toMatch(/^~[0-9a-f]{8}\/a\/b\/c$/);
    expect(names.take('a', '3')).toMatch(/^~[0-9a-f]{8}\/a$/);
  });

  it('are never the same, whatever the keys are', () => {
    fc.assert(
      fc.property(fc.array(hostileKey, { maxLength: 60 }), (keys) => {
        const names = new MemberNames();
        const taken = keys.flatMap((key) => {
          const name = nameOf(key);
          return name === undefined ? [] : [names.take(name, key)];
        });
        expect(new Set(taken).size).toBe(taken.length);
        for (const name of taken) expect(nameOf(name)).toBe(name);
        const folders = taken.filter((name) => taken.some((one) => one.startsWith(`${name}/`)));
        expect(folders).toEqual([]);
      }),
    );
  });
});
