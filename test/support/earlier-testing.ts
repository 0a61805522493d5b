// The test kit for scripts that were written when `startTestBroker()` always gave a broker that answers by HTTP.
import { TestBroker, type TestBrokerOptions } from '../../src/testing/index.js';

export * from '../../src/testing/index.js';

export const startTestBroker = (options?: TestBrokerOptions): Promise<TestBroker> =>
  TestBroker.start({ http: true, ...options });
