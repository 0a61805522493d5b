import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { PROVED_VERSIONS } from '../../src/aws/tuned/proved.versions.js';

interface Lock {
  readonly packages: Record<string, { readonly version?: string }>;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8'));
const proved = Object.keys(PROVED_VERSIONS);

describe('the versions that the tuned AWS clients were proved with', () => {
  it('are those of package.json', () => {
    const { dependencies } = read('package.json') as { dependencies: Record<string, string> };
    const named = Object.fromEntries(proved.map((name) => [name, dependencies[name]]));
    expect(named).toEqual(PROVED_VERSIONS);
  });

  it('are those of the lock file, which has no other copy for the clients of SQS and SNS', () => {
    const { packages } = read('package-lock.json') as Lock;
    const locked = proved.map((name) => [name, packages[`node_modules/${name}`]?.version]);
    expect(Object.fromEntries(locked)).toEqual(PROVED_VERSIONS);
    const copies = Object.keys(packages).filter((path) =>
      /\/client-(sqs|sns)\/node_modules\//.test(path),
    );
    expect(copies).toEqual([]);
  });
});
