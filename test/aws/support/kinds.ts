import {
  isAccessDenied,
  isConnectionLoss,
  isKmsFault,
  isNotFound,
  isServerFault,
  isThrottling,
} from '../../../src/aws/index.js';

const KINDS = {
  isThrottling,
  isConnectionLoss,
  isServerFault,
  isNotFound,
  isAccessDenied,
  isKmsFault,
};

export type Kind = keyof typeof KINDS;

/** The names of all kinds of errors that an error is of. */
export const kindsOf = (error: unknown): Kind[] =>
  (Object.keys(KINDS) as Kind[]).filter((kind) => KINDS[kind](error));
