import { expect, it } from '@jest/globals';
import { progressOf } from '../../bench/progress.js';
import { markdownTable, table } from '../../bench/table.js';

const ROWS = [
  ['', 'µs', 'ratio'],
  ['bare loop', '64', '1.00×'],
  ['Weft', '32.5', '0.51×'],
];

it('a table has names to the left and numbers to the right', () => {
  expect(table(ROWS)).toBe(
    ['             µs  ratio', 'bare loop    64  1.00×', 'Weft       32.5  0.51×'].join('\n'),
  );
});

it('a table in Markdown has the same cells, and none ends at a bar within one', () => {
  expect(markdownTable([...ROWS, ['a|b', '1', '2']])).toBe(
    [
      '|  | µs | ratio |',
      '| --- | ---: | ---: |',
      '| bare loop | 64 | 1.00× |',
      '| Weft | 32.5 | 0.51× |',
      String.raw`| a\|b | 1 | 2 |`,
    ].join('\n'),
  );
});

it.each([
  [true, '\r\u001b[Kround 1\r\u001b[K'],
  [undefined, 'round 1\n'],
])(
  'progress on a terminal (%s) is one line, in a log it is lines without control codes',
  (isTTY, text) => {
    let written = '';
    const stream = { ...(isTTY && { isTTY }), write: (part: string) => (written += part) };
    const progress = progressOf(stream);
    progress.say('round 1');
    progress.end();
    expect(written).toBe(text);
  },
);
