import type { MetadataBearer, MiddlewareStack } from '@smithy/types';

/** Under it, options of `AwsClients` name what answers in place of AWS: the test kit's alone. */
export const IN_PROCESS: unique symbol = Symbol.for('nestjs-sns-sqs/in-process');

/** Where a service that is not answered here is found. */
export interface ServiceAddress {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What answers calls of SQS and SNS within this process, without HTTP. */
export interface InProcessAws {
  /** Where it answers by HTTP as well. Clients of another endpoint, such as that of a proxy, go there. */
  readonly endpoint: string;
  /** @param command such as `SendMessageCommand`; rejects as AWS would. */
  call(command: string, input: object): Promise<object>;
  /** Where S3 and DynamoDB are, started when they are first asked for. */
  addressOf(service: 's3' | 'dynamodb'): Promise<ServiceAddress>;
  /** The driver to speak to it without clients of the SDK. */
  readonly broker: object;
}

/** Has the calls of a client end here. Later than `reportCalls`, which wraps it. */
export function answerInProcess<In extends object, Out extends MetadataBearer>(
  { middlewareStack }: { readonly middlewareStack: MiddlewareStack<In, Out> },
  here: InProcessAws,
): void {
  middlewareStack.add(
    (_next, { commandName = '' }) =>
      async ({ input }) => {
        const output = { ...(await here.call(commandName, input)), $metadata: {} } as Out;
        return { output, response: {} };
      },
    { step: 'initialize', name: 'weftInProcess', priority: 'high' },
  );
}

const inProcess = new WeakMap<object, InProcessAws>();

export const rememberInProcess = (clients: object, here: InProcessAws): void =>
  void inProcess.set(clients, here);

/** What answers these clients in place of AWS; undefined for AWS itself, and for an engine. */
export const inProcessOf = (clients: object): InProcessAws | undefined => inProcess.get(clients);

/** Options of a client whose service is found when it is first called. */
export function lazyAddress(service: 's3' | 'dynamodb', here: InProcessAws | undefined) {
  if (!here) return {};
  return {
    endpoint: async () => ({ url: new URL((await here.addressOf(service)).endpoint) }),
    credentials: async () => ({ ...(await here.addressOf(service)).credentials }),
  };
}
