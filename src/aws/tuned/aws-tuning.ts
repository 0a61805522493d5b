/**
 * The steps that reduce the CPU of an SQS or SNS call to a third. None of them changes the requests on the wire.
 */
export interface AwsTuning {
  /** Builds the middleware stack once for each kind of command, not for each call. */
  readonly cachedMiddleware: boolean;
  /** Skips the MD5 of bodies: TCP and TLS check them, and the signature covers requests. */
  readonly uncheckedMd5: boolean;
  /** Sends requests by undici's dispatcher instead of `node:http`. */
  readonly undici: boolean;
  /** Computes the user agent once, and skips preparations for an absent logger. */
  readonly leanMiddleware: boolean;
  /** Caches the signing key of a secret, a day and a region until one of them changes. */
  readonly cachedSigningKey: boolean;
}

export const ALL_STEPS: AwsTuning = {
  cachedMiddleware: true,
  uncheckedMd5: true,
  undici: true,
  leanMiddleware: true,
  cachedSigningKey: true,
};

/** The SDK's unchanged client. */
export const NO_STEP: AwsTuning = {
  cachedMiddleware: false,
  uncheckedMd5: false,
  undici: false,
  leanMiddleware: false,
  cachedSigningKey: false,
};
