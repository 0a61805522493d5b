import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  DECLARED_SETTINGS,
  loadServiceSettings,
  SETTING_DESCRIPTIONS,
} from '../../src/app/service-settings.js';
import { renderEnvExample } from '../../src/platform/config/index.js';

const file = (name: string): string =>
  readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('.env.example', () => {
  it('lists exactly the settings of the code, with their defaults and meanings', () => {
    expect(file('.env.example')).toBe(renderEnvExample(DECLARED_SETTINGS.sections));
  });

  it('changes nothing when it is used as it is', () => {
    const empty = Object.fromEntries(SETTING_DESCRIPTIONS.map(({ variable }) => [variable, '']));
    expect(loadServiceSettings(empty)).toEqual(loadServiceSettings({}));
  });
});
