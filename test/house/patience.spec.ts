import { describe, expect, it } from '@jest/globals';
import { sourceFiles } from './source-files.js';

const tests = sourceFiles('test').filter(({ path }) => !path.startsWith('test/live/'));

describe('a test on a machine that is starved or stands still', () => {
  it('waits with the patience of test/support/wait.ts, not with that of the test kit', () => {
    const hasty = tests.filter(
      ({ path, imports }) =>
        !path.startsWith('test/testing/') &&
        path !== 'test/support/wait.ts' &&
        imports.some(
          ({ from, names }) =>
            /^src\/testing\/(index|wait-for)\.ts$/.test(from) && names.includes('waitFor'),
        ),
    );
    expect(hasty.map(({ path }) => path)).toEqual([]);
  });

  it('has the time that jest.shared.js gives to all, or more', () => {
    const limited = tests.flatMap(({ path, text }) =>
      [...text.matchAll(/^ *\}, (\d[\d_]*)\);$/gm)]
        .filter(([, limit = '']) => Number(limit.replaceAll('_', '')) < 120_000)
        .map(([limit]) => `${path}: ${limit.trim()}`),
    );
    expect(limited).toEqual([]);
  });
});
