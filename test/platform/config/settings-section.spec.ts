import { describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  defineSettings,
  isPlainText,
  loadSettings,
  oneOf,
  Setting,
  whereNamed,
  type Settings,
} from '../../../src/platform/config/index.js';

class BillingEnvironment {
  @Setting({
    meaning: 'The bank.',
    default: 'none',
    accepts: 'the name of a bank',
    check: isPlainText,
    required: whereNamed('billing'),
  })
  readonly BANK?: string;

  @Setting({
    meaning: 'The currency.',
    default: 'EUR',
    accepts: 'EUR or USD',
    check: oneOf('EUR', 'USD'),
  })
  readonly CURRENCY?: string;
}

const billing = defineSettings({
  title: 'Billing',
  environment: BillingEnvironment,
  alsoRequires: { variables: ['WEFT_PAYLOAD_BUCKET', 'PORT'], where: whereNamed('billing') },
  check: ({ BANK, CURRENCY }) =>
    BANK === 'home' && CURRENCY === 'USD'
      ? [{ variable: 'CURRENCY', problem: 'is not taken by this bank', remedy: 'Set it to EUR' }]
      : [],
  read: ({ BANK = 'none', CURRENCY = 'EUR' }, { stack }) => ({ BANK, CURRENCY, stack }),
});

const load = (env: NodeJS.ProcessEnv): Settings =>
  loadSettings(env, { sections: [billing], roles: ['billing', 'shipping'] });

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

describe('the settings of a feature', () => {
  it('are read with the shared settings and found by their section', () => {
    const settings = load({ BANK: ' home ', CURRENCY: '' });
    expect(billing.of(settings)).toEqual({ BANK: 'home', CURRENCY: 'EUR', stack: 'embedded' });
  });

  it('are required only where WEFT_CONSUME names the role', () => {
    expect(faultsOf({ WEFT_CONSUME: 'shipping' })).toEqual([]);
    expect(faultsOf({ WEFT_CONSUME: 'all' })).toEqual([]);
    expect(
      faultsOf({ WEFT_CONSUME: 'billing', WEFT_PAYLOAD_BUCKET: 'payloads', PORT: '1' }),
    ).toEqual([
      '  Missing required environment variable: BANK (WEFT_CONSUME names billing). Set it to the name of a bank.',
    ]);
  });

  it('may require shared settings that have defaults elsewhere', () => {
    expect(faultsOf({ WEFT_CONSUME: 'billing', BANK: 'b', PORT: '1' })).toEqual([
      '  Missing required environment variable: WEFT_PAYLOAD_BUCKET (WEFT_CONSUME names billing). Set it to the name of a bucket.',
    ]);
  });

  it('are checked one by one and together, and each is named once', () => {
    expect(faultsOf({ WEFT_CONSUME: 'none', CURRENCY: 'DM', BANK: 'home' })).toEqual([
      '  CURRENCY is "DM". Set it to EUR or USD, or leave it out (default: EUR).',
    ]);
    expect(faultsOf({ WEFT_CONSUME: 'none', CURRENCY: 'USD', BANK: 'home' })).toEqual([
      '  CURRENCY is not taken by this bank. Set it to EUR.',
    ]);
    expect(faultsOf({ WEFT_CONSUME: 'billing', BANK: 'b', PORT: 'x' })).toEqual([
      '  PORT is "x". Set it to a whole number from 0 to 65535, or leave it out (default: 3000).',
      '  Missing required environment variable: WEFT_PAYLOAD_BUCKET (WEFT_CONSUME names billing). Set it to the name of a bucket.',
    ]);
  });

  it('are not asked for while the roles themselves are wrong', () => {
    expect(faultsOf({ WEFT_CONSUME: 'biling' })).toEqual([
      '  WEFT_CONSUME names roles that do not exist: biling. Choose among billing, shipping, or set it to all or none.',
    ]);
  });

  it('cannot be had from settings that were read without them', () => {
    expect(() => billing.of(loadSettings({}))).toThrow(/"Billing" were not read/);
  });
});
