export { AdmitsByQuery, Public } from './api-key.guard.js';
export { configureHttp, HTTP_APPLICATION_OPTIONS } from './configure-http.js';
export { HttpModule } from './http.module.js';
export { problemOf } from './problem.js';
export { ProblemFilter } from './problem.filter.js';
export { readInput } from './read-input.js';
export {
  readCount,
  readLimit,
  readText,
  readWholeNumber,
  type QueryString,
} from '../../protocol/query-string.js';
export * from './swagger.js';
export { validationPipe } from './validation.pipe.js';
export type { StatusResponse } from './status-response.js';
