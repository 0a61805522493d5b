// Jest loads each module again for every file of tests, which takes longer than most of these files' tests.
// These packages keep nothing from one caller to the next: the process that runs the tests loads them once.
// They are outside the realm of the tests, where `instanceof` knows none of our objects, nor we theirs:
// so only packages belong here that are pure functions, or that are reached by HTTP.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

const PACKAGES = [
  'dynalite',
  'es-toolkit',
  'fast-check',
  'fauxqs',
  'libphonenumber-js',
  'mime-types',
  'rxjs',
  'validator',
];

const require = createRequire(import.meta.url);

/** Files of packages that are loaded once, and the files of packages that are not. */
export const LOADED_ONCE = `/node_modules/(?:${PACKAGES.join('|')})/.+\\.[cm]?js$`;
export const LOADED_PER_FILE = `/node_modules/(?!(?:${PACKAGES.join('|')})/)`;

/** A module whose exports are those of the file as Node has loaded it. */
function standIn(file, asEsModule) {
  const loaded = `globalThis.requireOfNode(${JSON.stringify(file)})`;
  if (!asEsModule) return `module.exports = ${loaded};`;
  const names = Object.keys(require(file)).filter((name) => name !== 'default');
  return `const loaded = ${loaded};
export const { ${names.join(', ')} } = loaded;
export default loaded.default;`;
}

export default {
  process: (_source, file, { supportsStaticESM }) => ({ code: standIn(file, supportsStaticESM) }),
  getCacheKey: (_source, file, { supportsStaticESM }) =>
    createHash('sha256').update(standIn(file, supportsStaticESM)).digest('hex'),
};
