import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { weftProgram } from '../../src/app/cli/weft.program.js';
import { ProcessContext } from '../../src/app/cli/process.context.js';
import { EXIT } from '../../src/platform/cli/index.js';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

/** Each command that does something, by all of its words. */
const pathsOf = (command: Command, before = ''): string[] => {
  const path = `${before}${command.name()}`;
  return command.commands.length === 0
    ? [path]
    : command.commands.flatMap((sub) => pathsOf(sub, `${path} `));
};

describe('docs/cli.md', () => {
  it('names each command of weft', () => {
    const paths = pathsOf(weftProgram(new ProcessContext(false)));
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !page.includes(`\`${path}`))).toEqual([]);
  });

  it('names each exit code', () => {
    for (const code of Object.values(EXIT))
      expect(page).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
  });
});
