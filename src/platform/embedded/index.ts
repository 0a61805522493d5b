export { EmbeddedAws, type EmbeddedAwsOptions } from './embedded-aws.js';
export { EmbeddedDataDirError, EmbeddedDataDirInUseError } from './embedded.errors.js';
