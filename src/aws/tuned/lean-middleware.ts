// Imports whole modules, so that a version without one of these names still loads and the check can leave the client
// untuned.
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

/** The part of an SDK client that is changed here. */
export interface LeanClient<In extends object, Out extends MetadataBearer> {
  readonly middlewareStack: MiddlewareStack<In, Out>;
  readonly config: UserAgentConfig & SerdeConfig;
}

const USER_AGENT_HEADERS = ['user-agent', 'x-amz-user-agent'];

/** Removes middleware that is useless for SQS and SNS. */
export function leanMiddleware<In extends object, Out extends MetadataBearer>(
  client: LeanClient<In, Out>,
): void {
  // It copies requests and answers for a logger, which no client has.
  client.middlewareStack.remove('loggerMiddleware');
  keepUserAgent(client);
  shareContext(client);
}

/** The SDK builds its user agent from about fifteen parts at each call; this reuses that of the first call. */
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

/** The SDK copies the whole configuration twice for each call, although its protocol only uses these two fields. */
function shareContext<In extends object, Out extends MetadataBearer>({
  config,
  middlewareStack,
}: LeanClient<In, Out>): void {
  const { protocol, streamCollector } = config;
  const used: Pick<SerdeConfig, 'protocol' | 'streamCollector'> = { protocol, streamCollector };
  middlewareStack.use(schemas.getSchemaSerdePlugin(used as SerdeConfig));
  // The plugin passes its argument on to the protocol, which needs all of it.
  protocol.setSerdeContext(config);
}
