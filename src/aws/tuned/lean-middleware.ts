// Whole modules: a version without one of these names must load, for the check to find it and leave the client plain.
import * as awsClient from '@aws-sdk/core/client';
import * as schemas from '@smithy/core/schema';
import type {
  BuildHandler,
  HandlerExecutionContext,
  HttpRequest,
  MetadataBearer,
  MiddlewareStack,
} from '@smithy/types';

type UserAgentConfig = Parameters<typeof awsClient.userAgentMiddleware>[0];
type SerdeConfig = Parameters<typeof schemas.getSchemaSerdePlugin>[0];

/** A client of the SDK, as far as this changes it. */
export interface LeanClient<In extends object, Out extends MetadataBearer> {
  readonly middlewareStack: MiddlewareStack<In, Out>;
  readonly config: UserAgentConfig & SerdeConfig;
}

const USER_AGENT_HEADERS = ['user-agent', 'x-amz-user-agent'];

/** Takes out what a call of SQS or SNS pays for and has nothing of. */
export function leanMiddleware<In extends object, Out extends MetadataBearer>(
  client: LeanClient<In, Out>,
): void {
  // It copies what is sent and what is answered for a logger, and no client is given one.
  client.middlewareStack.remove('loggerMiddleware');
  keepUserAgent(client);
  shareContext(client);
}

/** The SDK works its user agent out of some fifteen parts at each call; the first call's serves all. */
function keepUserAgent<In extends object, Out extends MetadataBearer>({
  config,
  middlewareStack,
}: LeanClient<In, Out>): void {
  const first = awsClient.userAgentMiddleware(config);
  let known: Record<string, string> | undefined;
  const keep =
    (next: BuildHandler<In, Out>, context: HandlerExecutionContext): BuildHandler<In, Out> =>
    async (args) => {
      const { headers } = args.request as HttpRequest;
      if (known) {
        Object.assign(headers, known);
        return next(args);
      }
      return first<Out>(async (built) => {
        known = Object.fromEntries(
          USER_AGENT_HEADERS.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])),
        );
        return next(built);
      }, context)(args);
    };
  middlewareStack.add(keep, awsClient.getUserAgentMiddlewareOptions);
}

/** The SDK copies the whole configuration for its protocol twice a call, which takes these two of it. */
function shareContext<In extends object, Out extends MetadataBearer>({
  config,
  middlewareStack,
}: LeanClient<In, Out>): void {
  const { protocol, streamCollector } = config;
  const used: Pick<SerdeConfig, 'protocol' | 'streamCollector'> = { protocol, streamCollector };
  middlewareStack.use(schemas.getSchemaSerdePlugin(used as SerdeConfig));
  // The plugin hands the protocol what it was given, and that one needs everything.
  protocol.setSerdeContext(config);
}
