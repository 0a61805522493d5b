export { SnsHttpEndpoint, type SnsHttpAnswer } from './sns-http.endpoint.js';
export { SnsHttpModule, type SnsHttpModuleOptions } from './sns-http.module.js';
export type { SnsHttpOptions } from './sns-http.options.js';
