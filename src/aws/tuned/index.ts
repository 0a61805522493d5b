export { NO_STEP, type AwsTuning } from './aws-tuning.js';
export { stepsOf, TUNING, type TestedTuning } from './steps-of.js';
export { tune } from './tune.js';
export { UndiciHandler, type Connections } from './undici-handler.js';
