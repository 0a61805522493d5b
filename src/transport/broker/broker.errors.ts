/** How errors of a broker are classified: by the names, codes and statuses that AWS gives its own. */
export {
  isAccessDenied,
  isConnectionLoss,
  isKmsFault,
  isNotFound,
  isThrottlingCode,
  isTransient,
} from '../../aws/errors.js';
