// Lets a test start a child process on the TypeScript sources, compiled as jest compiles them:
//   node --import ./test/support/ts-hooks.js some-child.ts
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { swcOptions } from '../../jest.shared.js';
import { movedFolder, ownFolder } from './own-names.js';

const { module, ...options } = swcOptions;
const OWN = new URL('../..', import.meta.url).href;
const isOwn = (url) => url?.startsWith(OWN) && !url.includes('/node_modules/');

registerHooks({
  resolve(specifier, context, next) {
    // The products by their own names, as the examples import them.
    const folder = isOwn(context.parentURL)
      ? (ownFolder(specifier) ?? movedFolder(specifier))
      : undefined;
    if (folder !== undefined) return next(`${OWN}src/${folder}/index.ts`, context);
    const source = specifier.startsWith('.') && isOwn(context.parentURL);
    if (!source || !specifier.endsWith('.js')) return next(specifier, context);
    try {
      return next(specifier.replace(/\.js$/, '.ts'), context);
    } catch {
      return next(specifier, context);
    }
  },
  load(url, context, next) {
    if (!isOwn(url) || !url.endsWith('.ts')) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      ...options,
      module,
      filename,
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
