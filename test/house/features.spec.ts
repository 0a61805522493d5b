import { existsSync, globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FEATURES } from '../../src/app/features.js';

const ROOT = new URL('../../', import.meta.url);
const declared = globSync('src/features/*/*.feature.ts', { cwd: ROOT.pathname });

describe('Each feature in src/features', () => {
  it('is listed in src/app/features.ts, as it would be left out of the service', () => {
    const folders = declared.map((file) => basename(dirname(file)));
    expect(folders.toSorted()).toEqual(FEATURES.map(({ name }) => name).toSorted());
  });

  it('has tests, in test/features or as a file of its name in test/e2e', () => {
    const untested = FEATURES.filter(
      ({ name }) =>
        !existsSync(new URL(`test/features/${name}/`, ROOT)) &&
        globSync(`test/e2e/**/*${name}*.spec.ts`, { cwd: ROOT.pathname }).length === 0,
    );
    expect(untested.map(({ name }) => name)).toEqual([]);
  });
});
