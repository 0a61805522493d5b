import * as awsClient from '@aws-sdk/core/client';
import * as awsSignatures from '@aws-sdk/core/httpAuthSchemes';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as protocols from '@smithy/core/protocols';
import * as schemas from '@smithy/core/schema';
import type { MetadataBearer, MiddlewareStack } from '@smithy/types';

/** Middleware that the steps remove, replace, or are placed next to. */
const MIDDLEWARE = [
  'loggerMiddleware',
  'serializerMiddleware',
  'deserializerMiddleware',
  'getUserAgentMiddleware',
  'retryMiddleware',
  'httpSigningMiddleware',
];

const CONFIG = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  cacheMiddleware: true,
};

/** Names parts that the tuned clients rely on and that have moved. Makes no call. */
export function movedParts(): readonly string[] {
  const sqs = new SQSClient(CONFIG);
  const sns = new SNSClient(CONFIG);
  answerNothing(sqs);
  answerNothing(sns);
  // The middleware stack is built and cached before `send` returns.
  void sqs.send(new ListQueuesCommand({}));
  void sns.send(new ListTopicsCommand({}));
  const signer: object = awsSignatures.AwsSdkSigV4Signer?.prototype ?? {};
  const parts: Readonly<Record<string, boolean>> = {
    ...partsOf('SQS', sqs),
    ...partsOf('SNS', sns),
    'SQS md5': typeof sqs.config.md5 === 'function',
    userAgentMiddleware: isFunction(awsClient.userAgentMiddleware),
    getUserAgentMiddlewareOptions: typeof awsClient.getUserAgentMiddlewareOptions === 'object',
    getSchemaSerdePlugin: isFunction(schemas.getSchemaSerdePlugin),
    buildQueryString: isFunction(protocols.buildQueryString),
    AwsSdkSigV4Signer: ['sign', 'errorHandler', 'successHandler'].every((name) => name in signer),
  };
  sqs.destroy();
  sns.destroy();
  return Object.keys(parts).filter((part) => !parts[part]);
}

/** Ends a call before it is sent. */
function answerNothing<In extends object, Out extends MetadataBearer>({
  middlewareStack,
}: {
  readonly middlewareStack: MiddlewareStack<In, Out>;
}): void {
  middlewareStack.add(() => async () => ({ output: { $metadata: {} } as Out, response: {} }), {
    step: 'initialize',
    priority: 'high',
  });
}

function partsOf(service: string, client: SQSClient | SNSClient): Record<string, boolean> {
  const { config, middlewareStack } = client;
  const names = new Set(middlewareStack.identify().map((entry) => entry.split(' ', 1)[0]));
  return {
    ...Object.fromEntries(MIDDLEWARE.map((name) => [`${service} ${name}`, names.has(name)])),
    [`${service} handlers`]: Reflect.get(client, 'handlers') instanceof WeakMap,
    [`${service} protocol.setSerdeContext`]: typeof config.protocol?.setSerdeContext === 'function',
    [`${service} signer`]: isFunction(config.signer),
  };
}

const isFunction = (part: unknown): boolean => typeof part === 'function';
