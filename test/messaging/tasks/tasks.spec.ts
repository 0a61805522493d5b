import { describe } from '@jest/globals';
import { tasksContract } from './tasks.contract.js';
import { USER_REPOSITORY } from './users.fixture.js';

describe('over the embedded store', () => {
  tasksContract(() => ({ persistence: { kind: 'embedded' }, repository: USER_REPOSITORY }));
});
