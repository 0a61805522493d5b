import type { MetadataBearer, MiddlewareStack } from '@smithy/types';

/**
 * A finished call to AWS, the argument of `onCall` of `AwsClientsOptions`.
 *
 * @see https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-aws-sdk-types/Interface/ResponseMetadata/
 */
export interface AwsCall {
  /** Such as `SQSClient`. */
  readonly client: string;
  /** Such as `SendMessageBatchCommand`. */
  readonly command: string;
  /** Milliseconds of all attempts. */
  readonly durationMs: number;
  /** Number of attempts; undefined if the call was never sent. */
  readonly attempts: number | undefined;
  /** The id that AWS support needs. */
  readonly requestId: string | undefined;
  /** The name of the error; undefined if it succeeded. */
  readonly error: string | undefined;
}

/** Reports each call of a client when it ends, without request and answer. */
export function reportCalls<In extends object, Out extends MetadataBearer>(
  { middlewareStack }: { readonly middlewareStack: MiddlewareStack<In, Out> },
  onCall: (call: AwsCall) => void,
): void {
  middlewareStack.add(
    (next, { clientName = '', commandName = '' }) =>
      async (args) => {
        const startedAt = performance.now();
        const report = (metadata: MetadataBearer['$metadata'] | undefined, error?: string): void =>
          onCall({
            client: clientName,
            command: commandName,
            durationMs: Math.round(performance.now() - startedAt),
            attempts: metadata?.attempts,
            requestId: metadata?.requestId,
            error,
          });
        try {
          const result = await next(args);
          report(result.output.$metadata);
          return result;
        } catch (error) {
          const { name, $metadata } = error as Partial<Error & MetadataBearer>;
          report($metadata, name ?? 'unknown');
          throw error;
        }
      },
    { step: 'initialize', name: 'weftReportCalls', priority: 'high' },
  );
}
