import { createRequire } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';

/** Node's environment of jest, from whose realm tests reach Node's own: jest-load-once.js says what for. */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.requireOfNode = createRequire(import.meta.url);
  }
}
