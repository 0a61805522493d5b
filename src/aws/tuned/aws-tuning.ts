/**
 * The steps that make a call of SQS or SNS cost a third of what the SDK makes it
 * cost. What goes over the wire is the same with and without each of them.
 */
export interface AwsTuning {
  /** The SDK puts its middleware together once for each kind of command instead of for each call. */
  readonly cachedMiddleware: boolean;
  /** No MD5 of bodies: TCP and TLS have checked them, and a signature covers what is sent. */
  readonly uncheckedMd5: boolean;
  /** Requests go by undici's dispatcher instead of `node:http`. */
  readonly undici: boolean;
  /** The user agent is worked out once, nothing is prepared for a logger nobody gave. */
  readonly leanMiddleware: boolean;
  /** The key derived from the secret for a day and a region is kept until one of the three changes. */
  readonly cachedSigningKey: boolean;
}

export const ALL_STEPS: AwsTuning = {
  cachedMiddleware: true,
  uncheckedMd5: true,
  undici: true,
  leanMiddleware: true,
  cachedSigningKey: true,
};

/** The client as the SDK makes it. */
export const NO_STEP: AwsTuning = {
  cachedMiddleware: false,
  uncheckedMd5: false,
  undici: false,
  leanMiddleware: false,
  cachedSigningKey: false,
};
