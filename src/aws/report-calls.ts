import type { MetadataBearer, MiddlewareStack } from '@smithy/types';

/**
 * One call of AWS that has ended, as `onCall` of `AwsClientsOptions` is given it.
 *
 * @see https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-aws-sdk-types/Interface/ResponseMetadata/
 */
export interface AwsCall {
  /** Such as `SQSClient`. */
  readonly client: string;
  /** Such as `SendMessageBatchCommand`. */
  readonly command: string;
  /** Milliseconds, all attempts counted. */
  readonly durationMs: number;
  /** The first one counted; undefined when the call never left. */
  readonly attempts: number | undefined;
  /** What AWS support asks for. */
  readonly requestId: string | undefined;
  /** The name of the error it ended with. */
  readonly error: string | undefined;
}

/** Reports each call of a client when it ends. What is sent and answered is not in the report. */
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
