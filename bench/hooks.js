// The benchmarks are compiled as tests are, but run against the build of Weft, as its users do:
//   node --import ./bench/hooks.js some-child.ts
// oxlint-disable-next-line import/no-unassigned-import -- it registers its hooks
import '../test/support/ts-hooks.js';
import { registerHooks } from 'node:module';
import { ownFolder } from '../test/support/own-names.js';

registerHooks({
  resolve(specifier, context, next) {
    const folder = ownFolder(specifier);
    if (folder === undefined) return next(specifier, context);
    return { url: new URL(`../dist/${folder}/index.js`, import.meta.url).href, shortCircuit: true };
  },
});
