export { AwsClients } from './aws-clients.js';
export type { OtherClientConfig } from './client-config.js';
export type { AwsClientsOptions, AwsCredentials, AwsService } from './aws-clients.options.js';
export type { AwsCall } from './report-calls.js';
export {
  isAccessDenied,
  isConnectionLoss,
  isKmsFault,
  isNotFound,
  isServerFault,
  isThrottling,
  isThrottlingCode,
  isTransient,
} from './errors.js';
