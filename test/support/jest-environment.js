import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { TestEnvironment } from 'jest-environment-node';

import { keepCompiledCode } from './jest-code-cache.js';

const requireOfNode = createRequire(import.meta.url);
/** The file that tests import; what is for `require` is another module. */
const FAST_CHECK = fileURLToPath(import.meta.resolve('fast-check'));

/** Node's environment of jest, from whose realm tests reach Node's own: jest-load-once.js says what for. */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    // What is kept has no places for counters of coverage.
    if (!config.globalConfig.collectCoverage) keepCompiledCode();
    this.global.requireOfNode = requireOfNode;
    // From which property tests make their inputs; where it is not set, each run has other ones. Set by .ci/run.
    const seed = process.env.WEFT_TEST_SEED;
    if (seed) requireOfNode(FAST_CHECK).configureGlobal({ seed: Number(seed) });
  }
}
