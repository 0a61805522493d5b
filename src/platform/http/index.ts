export { AdmitsByQuery, ApiKeyGuard, Public } from './api-key.guard.js';
export { configureHttp, HTTP_APPLICATION_OPTIONS } from './configure-http.js';
export { HttpModule } from './http.module.js';
export { problem, problemOf, type Problem } from './problem.js';
export { ProblemFilter } from './problem.filter.js';
export {
  readCount,
  readInput,
  readLimit,
  readText,
  type InputClass,
  type QueryString,
} from './read-input.js';
export * from './swagger.js';
export { validationPipe } from './validation.pipe.js';
export type { StatusResponse } from './status-response.js';
