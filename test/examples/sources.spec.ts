import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const MAX_LINES = 40;

it('every file of the examples fits a screen, and imports Weft as its users do', async () => {
  const files = (await readdir(EXAMPLES, { recursive: true })).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(files).toContain('orders/main.ts');
  for (const file of files) {
    const text = await readFile(join(EXAMPLES, file), 'utf8');
    const tooLong = text.split('\n').length > MAX_LINES ? `more than ${MAX_LINES} lines` : 'fits';
    const inside = /from '[./]*\/(src|dist|test)\/.*'/.exec(text)?.[0] ?? 'no import of the inside';
    expect({ file, length: tooLong, imports: inside }).toEqual({
      file,
      length: 'fits',
      imports: 'no import of the inside',
    });
  }
});
