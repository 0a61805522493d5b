export { EmbeddedAws, type EmbeddedAwsOptions } from './embedded-aws.js';
export { guard } from './gate/gate.js';
export { signedAnew } from './gate/signature.js';
export { type StackCredentials } from './gate/stack-credentials.js';
export { EmbeddedDataDirError, EmbeddedDataDirInUseError } from './embedded.errors.js';
