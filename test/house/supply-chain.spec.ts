import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Entry {
  readonly integrity?: string;
  readonly link?: boolean;
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

describe('What Weft is built from', () => {
  it('every entry of the lock file has the hash of what is downloaded for it', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, Entry>;
    };
    const unsealed = Object.entries(packages)
      .filter(
        ([name, { integrity = '', link }]) =>
          name !== '' && !link && !/^sha512-.{88}$/.test(integrity),
      )
      .map(([name]) => name);
    expect(unsealed).toEqual([]);
  });

  it.each(readdirSync(new URL('../../.github/workflows', import.meta.url)))(
    'the workflow %s names its actions by commit, may only read, and leaves no credentials behind',
    (file) => {
      const workflow = parse(read(`.github/workflows/${file}`)) as {
        permissions: unknown;
        jobs: Record<string, { steps: Step[] }>;
      };
      expect(workflow.permissions).toEqual({ contents: 'read' });
      const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
      const used = steps.filter((step) => step.uses !== undefined);
      expect(used.filter(({ uses = '' }) => !/^[\w./-]+@[0-9a-f]{40}$/.test(uses))).toEqual([]);
      const checkouts = used.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
      expect(checkouts.length).toBeGreaterThan(0);
      for (const { with: options } of checkouts)
        expect({ persistsCredentials: options?.['persist-credentials'] }).toEqual({
          persistsCredentials: false,
        });
    },
  );

  it('the image is built from one named by digest, and its process cannot change its code', () => {
    const dockerfile = read('Dockerfile');
    const froms = dockerfile.match(/^FROM .*$/gm) ?? [];
    expect(froms.filter((from) => !/^FROM \S+@sha256:[0-9a-f]{64} AS \w+$/.test(from))).toEqual([]);
    expect(dockerfile).not.toContain('--chown');
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain('NODE_DISABLE_COMPILE_CACHE=1');
  });
});
