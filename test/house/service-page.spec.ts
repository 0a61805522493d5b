import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { appTopology } from '../../src/app/app.topology.js';
import { FEATURES } from '../../src/app/features.js';
import { loadServiceSettings } from '../../src/app/service-settings.js';

const ROOT = new URL('../../', import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');
const page = text('docs/service.md');

/** Each action that some controller handles. */
const actions = globSync('src/features/**/*.controller.ts', { cwd: ROOT.pathname }).flatMap(
  (file) =>
    [...text(file).matchAll(/@OnCommand\('(\w+)\.(\w+)'\)/g)].map(
      ([, type = '', action = '']) => [type, action] as const,
    ),
);

describe('docs/service.md', () => {
  it('names each action, and links the page of its type, which describes it', () => {
    expect(actions.length).toBeGreaterThan(20);
    const missing = actions.filter(([type, action]) => {
      const own = `docs/${type}.md`;
      return !(
        page.includes(`\`${action}\``) &&
        page.includes(`(${type}.md)`) &&
        existsSync(new URL(own, ROOT)) &&
        text(own).includes(`\`${action}\``)
      );
    });
    expect(missing).toEqual([]);
  });

  it('has each topic and queue of the prefix with its visibility timeout', () => {
    const settings = loadServiceSettings({ WEFT_DATA_DIR: ':memory:', DBT_PROJECT_DIR: '.' });
    const { topics, queues } = appTopology(settings);
    const prefixed = (name: string): boolean => name.startsWith(settings.messaging.topicPrefix);
    const missing = [
      ...topics
        .map(({ name }) => name)
        .filter((name) => prefixed(name) && !page.includes(`\`${name}\``)),
      ...queues
        .filter(({ name }) => prefixed(name))
        .filter(({ name, visibilityTimeoutS, broadcast = false }) => {
          const [, row = ''] = new RegExp(`^.*\`${name}\` +\\|([^\\n]*)`, 'm').exec(page) ?? [];
          return !row.trim().startsWith(broadcast ? 'of each process' : `${visibilityTimeoutS} s`);
        })
        .map(({ name }) => name),
    ];
    expect(missing).toEqual([]);
  });

  it('names each role', () => {
    const roles = FEATURES.flatMap((feature) => Object.keys(feature.roles ?? {}));
    expect(roles.filter((role) => !page.includes(`\`${role}\``))).toEqual([]);
  });
});
