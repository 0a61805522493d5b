// The benchmarks are compiled as tests are, but run against the build of Weft, as its users do:
//   node --import ./bench/hooks.js some-child.ts
// oxlint-disable-next-line import/no-unassigned-import -- it registers its hooks
import '../test/support/ts-hooks.js';
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const part = /^weft\/(.+)$/.exec(specifier)?.[1];
    if (part === undefined) return next(specifier, context);
    return { url: new URL(`../dist/${part}/index.js`, import.meta.url).href, shortCircuit: true };
  },
});
