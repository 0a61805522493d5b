// How the tests of a file judge a mutant: by the first that fails, after which the others are skipped; jest has no such option.
// A test that hangs fails once its event loop has had nothing to do for a while, which on simulated time happens to no other.
// A time-out would also strike tests of a busy machine.
const { performance } = require('node:perf_hooks');
const { TestEnvironment } = require('jest-environment-node');

const IDLE_MS = 3000;
const LOOKS_EVERY_MS = 250;

const idleMs = () => performance.eventLoopUtilization().idle;

/** Rejects when the event loop has been idle for that long; the function it returns ends the watch. */
function untilIdle() {
  const atFirst = idleMs();
  const { promise, reject } = Promise.withResolvers();
  const timer = setInterval(() => {
    if (idleMs() - atFirst > IDLE_MS)
      reject(new Error('The test hangs: nothing is left that could go on'));
  }, LOOKS_EVERY_MS);
  return { idle: promise, stop: () => clearInterval(timer) };
}

/** The test, which fails when it hangs. */
function watched(fn) {
  return async function run(...args) {
    const { idle, stop } = untilIdle();
    try {
      return await Promise.race([fn.apply(this, args), idle]);
    } finally {
      stop();
    }
  };
}

module.exports = class extends TestEnvironment {
  #failed = false;

  handleTestEvent({ name, test }) {
    if (name === 'test_done') this.#failed ||= test.errors.length > 0;
    if (name !== 'test_start') return;
    if (this.#failed) test.mode = 'skip';
    else test.fn = watched(test.fn);
  }
};
