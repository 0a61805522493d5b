import type { DoctorCheck } from '../../platform/cli/index.js';

/** AWS refuses a signature whose time is further off. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-authentication-and-access-control.html */
const MAX_SKEW_MS = 5 * 60_000;
const TIMEOUT_MS = 5_000;
const SHOWN_OF_KEY = 4;

/** Checks that the SDK finds credentials, and shows the end of their key. */
export const checkCredentials: DoctorCheck = async ({ aws }) => {
  const check = 'Credentials';
  try {
    const { accessKeyId, expiration } = await aws.sqs.config.credentials();
    const until = expiration ? `, until ${expiration.toISOString()}` : '';
    return [{ check, ok: true, detail: `key …${accessKeyId.slice(-SHOWN_OF_KEY)}${until}` }];
  } catch (error) {
    return [
      {
        check,
        ok: false,
        detail: error instanceof Error ? error.message : String(error),
        remedy:
          'Give the process a role, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      },
    ];
  }
};

/** Checks that SQS can be reached, and compares this machine's clock with SQS's. */
export const checkClock: DoctorCheck = async ({ aws, settings }) => {
  const { endpoints, endpoint, region } = settings;
  const known = endpoints.sqs ?? endpoint;
  const url = known ?? aws.sqs.config.endpointProvider({ Region: region }).url.href;
  const sentAt = Date.now();
  let date: string | null;
  try {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(TIMEOUT_MS) });
    date = answer.headers.get('date');
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return [
      {
        check: 'Network',
        ok: false,
        detail: `SQS does not answer at ${url}: ${cause instanceof Error ? cause.message : String(cause)}`,
        remedy:
          'Check AWS_REGION and AWS_ENDPOINT_URL, and the route out of this network and its DNS',
      },
    ];
  }
  const reached = { check: 'Network', ok: true, detail: `SQS answers at ${url}` };
  if (date === null) return [reached];
  const skewMs = new Date(date).getTime() - (sentAt + Date.now()) / 2;
  const detail = `${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'behind' : 'ahead of'} SQS`;
  return [
    reached,
    Math.abs(skewMs) < MAX_SKEW_MS
      ? { check: 'Clock', ok: true, detail }
      : {
          check: 'Clock',
          ok: false,
          detail,
          remedy:
            'Set the clock of this machine (NTP): AWS refuses signatures that are 5 minutes off',
        },
  ];
};
