// Engines that nobody here wrote answer in real time, several at once on two cores: a test that fails is tried once more, and
// its first failure is printed.
import { jest } from '@jest/globals';

jest.retryTimes(1, { logErrorsBeforeRetry: true });
