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

/** What the settings say of an environment; empty where they can be used. */
function messageOf(env: NodeJS.ProcessEnv): string {
  try {
    loadServiceSettings(env);
    return '';
  } catch (error) {
    return String(error);
  }
}

describe('.env.example', () => {
  it('lists exactly the settings of the code, with their defaults and meanings', () => {
    expect(file('.env.example')).toBe(renderEnvExample(DECLARED_SETTINGS.sections));
  });

  it('has a secret in every setting whose name says so', () => {
    const told = SETTING_DESCRIPTIONS.filter(
      ({ variable, secret }) =>
        secret !== true && /(KEY|KEYS|SECRET|PASSWORD|TOKEN|URI)$/.test(variable),
    );
    expect(told.map(({ variable }) => variable)).toEqual([]);
  });

  it('gives every secret of the settings to the log, which keeps them out', () => {
    const env = Object.fromEntries(
      SETTING_DESCRIPTIONS.filter(
        ({ secret, variable }) => secret && variable !== 'MONGODB_URI',
      ).map(({ variable }) => [variable, `a-long-value-of-${variable}`]),
    );
    expect(Object.keys(env)).toContain('OPENLINEAGE_API_KEY');
    expect(loadServiceSettings(env).secrets).toEqual(expect.arrayContaining(Object.values(env)));
  });

  it('never has the password of an address in a message, whatever setting it is put into', () => {
    const addresses = [
      'http://user:S3CRET@host/path',
      'x://a:S3CRET/@b@h:1',
      '//:S3CRET@',
      'https://h/?k=S3CRET',
    ];
    for (const { variable } of SETTING_DESCRIPTIONS) {
      for (const address of addresses)
        expect(messageOf({ [variable]: address })).not.toContain('S3CRET');
    }
  });

  it('changes nothing when it is used as it is', () => {
    const empty = Object.fromEntries(SETTING_DESCRIPTIONS.map(({ variable }) => [variable, '']));
    expect(loadServiceSettings(empty)).toEqual(loadServiceSettings({}));
  });
});
