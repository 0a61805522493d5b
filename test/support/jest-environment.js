import { createRequire } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';

const requireOfNode = createRequire(import.meta.url);

/** Node's environment of jest, from whose realm tests reach Node's own: jest-load-once.js says what for. */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.requireOfNode = requireOfNode;
    // From which property tests make their inputs; where it is not set, each run has other ones. Set by .ci/run.
    const seed = process.env.WEFT_TEST_SEED;
    if (seed) requireOfNode('fast-check').configureGlobal({ seed: Number(seed) });
  }
}
