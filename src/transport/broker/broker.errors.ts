/** How errors of a broker are told apart: by the names, codes and statuses that AWS gives its own. */
export {
  isAccessDenied,
  isKmsFault,
  isNotFound,
  isThrottlingCode,
  isTransient,
} from '../../aws/errors.js';
