import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { checkSchemas } from '../../src/app/cli/schemas.actions.js';
import { loadServiceSettings } from '../../src/app/service-settings.js';
import type { CliContext, CliResult } from '../../src/platform/cli/index.js';

const DIR = fileURLToPath(new URL('../../schemas', import.meta.url));

describe('schemas/', () => {
  it('is as the code has it, in every feature: npm run schemas writes it anew', async () => {
    let printed: CliResult | undefined;
    const context: Pick<CliContext, 'settings' | 'print' | 'exit'> = {
      settings: () => Promise.resolve(loadServiceSettings({ DBT_PROJECT_DIR: 'dbt' })),
      print: (result) => void (printed = result),
      exit: () => undefined,
    };
    await checkSchemas(context as CliContext, DIR);
    expect(printed?.json).toEqual({ dir: DIR, breaking: [], outdated: [] });
    expect((await readdir(DIR)).length).toBeGreaterThan(20);
  });
});
