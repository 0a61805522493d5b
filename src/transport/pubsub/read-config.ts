import { InvalidOptionsError, type AwsClientsOptions } from '../index.js';
import type { MessagingConfig } from './messaging.config.js';

/** Variables by name, such as `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

const DEFAULT_ENVIRONMENT = 'development';

/**
 * Makes a configuration from variables, for the simplest set-up: one topic and its queue. Only `env` is read. Spread
 * the result to change an option: `{ ...messagingConfig(process.env), provision: 'create' }`.
 *
 * `AWS_TOPIC_NAME` and `AWS_REGION` (or `AWS_DEFAULT_REGION`) are required. `AWS_ACCESS_KEY_ID`,
 * `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` are used if set; otherwise the SDK's credential chain is.
 * `AWS_ENDPOINT_URL` names an emulator. The environment is `WEFT_ENVIRONMENT`, else `NODE_ENV`, else `development`.
 *
 * @throws InvalidOptionsError naming every variable that is missing.
 * @example
 * const messaging = createMessaging(messagingConfig(process.env));
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 */
export function messagingConfig(env: Variables): MessagingConfig & { readonly topic: string } {
  const of = (name: string): string | undefined => env[name] || undefined;
  const topic = of('AWS_TOPIC_NAME');
  const region = of('AWS_REGION') ?? of('AWS_DEFAULT_REGION');
  const faults = [
    ...missing('AWS_TOPIC_NAME', topic),
    ...missing('AWS_REGION', region),
    ...keyFaults(of('AWS_ACCESS_KEY_ID'), of('AWS_SECRET_ACCESS_KEY')),
  ];
  if (topic === undefined || region === undefined || faults.length > 0)
    throw new InvalidOptionsError(faults.join('\n'), { details: { faults } });
  return {
    aws: { region, ...endpointOf(of('AWS_ENDPOINT_URL')), ...credentialsOf(of) },
    environment: of('WEFT_ENVIRONMENT') ?? of('NODE_ENV') ?? DEFAULT_ENVIRONMENT,
    topic,
  };
}

const missing = (name: string, value: string | undefined): string[] =>
  value === undefined ? [`Missing required environment variable: ${name}`] : [];

const keyFaults = (id: string | undefined, secret: string | undefined): string[] =>
  (id === undefined) === (secret === undefined)
    ? []
    : [
        `${id === undefined ? 'AWS_SECRET_ACCESS_KEY' : 'AWS_ACCESS_KEY_ID'} is set without ${id === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY'}: set both, or neither`,
      ];

const endpointOf = (endpoint: string | undefined): Pick<AwsClientsOptions, 'endpoint'> =>
  endpoint === undefined ? {} : { endpoint };

function credentialsOf(
  of: (name: string) => string | undefined,
): Pick<AwsClientsOptions, 'credentials'> {
  const accessKeyId = of('AWS_ACCESS_KEY_ID');
  const secretAccessKey = of('AWS_SECRET_ACCESS_KEY');
  const sessionToken = of('AWS_SESSION_TOKEN');
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  return {
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    },
  };
}
