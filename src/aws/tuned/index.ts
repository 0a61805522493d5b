export { NO_STEP, stepsOf, type AwsTuning } from './aws-tuning.js';
export { tune } from './tune.js';
export { UndiciHandler, type Connections } from './undici-handler.js';
