export type { SignedMessage, SignedType } from './signed-message.js';
export type { CertificateFetch } from './signing-certificates.js';
export { SnsSignatures, type SnsSignaturesOptions } from './sns-signatures.js';
