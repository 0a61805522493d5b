import { isObject } from '../../../common/objects.js';
import { isAccessDenied, isConnectionLoss } from '../../broker/broker.errors.js';

const BEGIN = 'The topology cannot be looked up in AWS';

/**
 * The SDK's error with a message that says what failed and what to do, which the SDK's own messages lack. Its name and
 * facts are kept, because they classify it. Any other error is returned unchanged.
 */
export function explained(error: unknown, region: string): unknown {
  const remedy = remedyOf(error);
  if (remedy !== undefined && hasMessage(error) && !error.message.startsWith(BEGIN))
    error.message = `${BEGIN} (${region}): ${error.message.replace(/\.$/, '')}. ${remedy}`;
  return error;
}

function remedyOf(error: unknown): string | undefined {
  if (isObject(error) && 'name' in error && error.name === 'CredentialsProviderError')
    return (
      'Give the process a role, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile that exists ' +
      '(AWS_PROFILE, or aws.profile), or give aws.credentials'
    );
  if (isAccessDenied(error))
    return 'Check whose credentials these are, and give them the rights that iamPolicies() of nestjs-sns-sqs/topology writes';
  if (isConnectionLoss(error))
    return 'Check aws.region, the endpoint (aws.endpoint, or AWS_ENDPOINT_URL) and the network';
  return undefined;
}

const hasMessage = (error: unknown): error is { message: string } =>
  isObject(error) && 'message' in error && typeof error.message === 'string';
