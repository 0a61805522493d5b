import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderEnvExample } from '../../../src/platform/config/env-example.js';
import { SETTING_DESCRIPTIONS } from '../../../src/platform/config/environment.js';
import { loadSettings } from '../../../src/platform/config/index.js';

const file = (name: string): string =>
  readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');

describe('.env.example', () => {
  it('lists exactly the settings of the code, with their defaults and meanings', () => {
    expect(file('.env.example')).toBe(renderEnvExample());
  });

  it('changes nothing when it is used as it is', () => {
    const empty = Object.fromEntries(SETTING_DESCRIPTIONS.map(({ variable }) => [variable, '']));
    expect(loadSettings(empty)).toEqual(loadSettings({}));
  });
});
