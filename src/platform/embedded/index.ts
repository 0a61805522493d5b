export { EmbeddedAws, type EmbeddedAwsOptions } from './embedded-aws.js';
export { signedAnew } from './gate/signature.js';
export { EmbeddedDataDirError, EmbeddedDataDirInUseError } from './embedded.errors.js';
