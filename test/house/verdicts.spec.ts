import { describe, expect, it } from '@jest/globals';
import { sourceFiles } from './source-files.js';

/** Assertions whose failure says no more than "expected true, received false". */
const BARE_VERDICT =
  /\.(?:toBeTruthy|toBeFalsy)\(|\.(?:toBe|toEqual|toStrictEqual)\((?:true|false)\)|\bexpect\([^\n]*\.(?:every|some|includes|startsWith|endsWith)\([^\n]*\)\)\.to(?:Be|Equal)\(/;

describe('an assertion of a test', () => {
  it('compares values that explain themselves when it fails, not booleans without a name', () => {
    const bare = sourceFiles('test').flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          BARE_VERDICT.test(line) && !/\.(?:filter|find)\(/.test(line)
            ? `${path}:${index + 1}`
            : [],
        ),
    );
    expect(bare).toEqual([]);
  });
});
