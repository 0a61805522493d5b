// One file of the tests and of all they need: jest loads it for each mutant in a second, where a graph of ES modules takes ten.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';
import { build } from 'esbuild';
import { swcOptions } from '../../jest.shared.js';
import { JUDGES } from './rooms.js';

const { module, ...options } = swcOptions;
const OUT = 'coverage/mutation/bundle/judges.spec.cjs';

/** Sources, as jest compiles them. */
const asJestDoes = {
  name: 'as-jest-does',
  setup: ({ onLoad, onResolve }) => {
    // What a package loads where it is wanted, such as other brokers' clients, need not be installed.
    onResolve({ filter: /^[^./]/ }, ({ kind, path, importer }) =>
      kind === 'dynamic-import' && importer.includes('/node_modules/')
        ? { path, external: true }
        : undefined,
    );
    onLoad({ filter: /\/(src|test)\/.*\.ts$/ }, async ({ path: filename }) => {
      const source = await readFile(filename, 'utf8');
      const { code } = await transform(source, { ...options, module, filename });
      return { contents: code, loader: 'js' };
    });
  },
};

/** A block for each file, so that what it does before and after its tests is done for them alone. */
const block = (file) =>
  `describe(${JSON.stringify(file)}, () => { require(${JSON.stringify(`./test/${file}`)}); });`;

await build({
  stdin: {
    contents: ["require('reflect-metadata');", ...JUDGES.map(block)].join('\n'),
    resolveDir: process.cwd(),
  },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  outfile: OUT,
  keepNames: true,
  logLevel: 'error',
  external: ['@jest/globals'],
  alias: {
    'fast-check': `${import.meta.dirname}/fewer-runs.js`,
    'fast-check-itself': fileURLToPath(import.meta.resolve('fast-check')),
  },
  plugins: [asJestDoes],
});
