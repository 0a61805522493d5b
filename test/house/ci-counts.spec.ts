import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'weft-ci-'));

function count(...reports: (string | undefined)[]) {
  const files = reports.map((report, index) => {
    const file = join(folder, `report-${index}.json`);
    rmSync(file, { force: true });
    if (report !== undefined) writeFileSync(file, report);
    return file;
  });
  const { stdout, status } = spawnSync(process.execPath, ['.ci/counts.js', ...files], {
    encoding: 'utf8',
  });
  return { stdout, status };
}

const report = (numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites = 0) =>
  JSON.stringify({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites });

describe('the last line of .ci/run', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['all passed', report(12, 0), '12 passed, 0 failed\n', 0],
    ['one failed', report(11, 1), '11 passed, 1 failed\n', 1],
    ['a file that could not run', report(11, 0, 2), '11 passed, 2 failed\n', 1],
    ['no tests at all', report(0, 0), '0 passed, 0 failed\n', 1],
    ['a broken report', '{', '0 passed, 0 failed\n', 1],
    ['no report', undefined, '0 passed, 0 failed\n', 1],
  ])('says the truth about %s', (_name, text, stdout, status) => {
    expect(count(text)).toEqual({ stdout, status });
  });

  it('is the sum of the quick tests and those over engines, and fails without either', () => {
    expect(count(report(12, 0), report(30, 0))).toEqual({
      stdout: '42 passed, 0 failed\n',
      status: 0,
    });
    expect(count(report(12, 0), report(29, 1))).toEqual({
      stdout: '41 passed, 1 failed\n',
      status: 1,
    });
    expect(count(report(12, 0), undefined)).toEqual({ stdout: '12 passed, 0 failed\n', status: 1 });
  });
});
