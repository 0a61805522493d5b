import type { MetadataBearer, MiddlewareStack } from '@smithy/types';

/** Key of the `AwsClients` option that answers calls in place of AWS; only for the test kit. */
export const IN_PROCESS: unique symbol = Symbol.for('nestjs-sns-sqs/in-process');

/** The address of a service that is not answered in process. */
export interface ServiceAddress {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Answers calls of SQS and SNS within this process, without HTTP. */
export interface InProcessAws {
  /** Where it also answers over HTTP. Clients with another endpoint, such as that of a proxy, use that instead. */
  readonly endpoint: string;
  /** @param command such as `SendMessageCommand`; rejects as AWS would. */
  call(command: string, input: object): Promise<object>;
  /** The addresses of S3 and DynamoDB, which the first call starts. */
  addressOf(service: 's3' | 'dynamodb'): Promise<ServiceAddress>;
  /** The driver for using it without SDK clients. */
  readonly broker: object;
}

/** Answers the calls of a client here. Call it after `reportCalls`, which wraps it. */
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

/** The in-process AWS of these clients; undefined for AWS itself and for emulators. */
export const inProcessOf = (clients: object): InProcessAws | undefined => inProcess.get(clients);

/** Options of a client whose service is located by its first call. */
export function lazyAddress(service: 's3' | 'dynamodb', here: InProcessAws | undefined) {
  if (!here) return {};
  return {
    endpoint: async () => ({ url: new URL((await here.addressOf(service)).endpoint) }),
    credentials: async () => ({ ...(await here.addressOf(service)).credentials }),
  };
}
