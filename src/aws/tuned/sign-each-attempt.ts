// The whole module, as in lean-middleware.ts.
import * as signatures from '@aws-sdk/core/httpAuthSchemes';
import type {
  AwsCredentialIdentity,
  FinalizeHandler,
  HandlerExecutionContext,
  HttpRequest,
  MetadataBearer,
  MiddlewareStack,
  RequestSigner,
} from '@smithy/types';
import { KeyCachingSigner } from './key-caching-signer.js';

/** A client that signs by Signature Version 4. */
export interface SigningClient<In extends object, Out extends MetadataBearer> {
  readonly middlewareStack: MiddlewareStack<In, Out>;
  readonly config: {
    readonly defaultSigningName: string;
    readonly region: () => Promise<string>;
    readonly credentials: () => Promise<AwsCredentialIdentity>;
    signer: () => Promise<RequestSigner>;
  };
}

/**
 * Signs with a cached key, and without the SDK's choice between kinds of signatures, because SQS and SNS accept only
 * one kind. The SDK still corrects a wrong clock, separately for each attempt: calls that share their middleware must
 * not share it.
 */
export function signEachAttempt<In extends object, Out extends MetadataBearer>(
  client: SigningClient<In, Out>,
): void {
  const { config, middlewareStack } = client;
  const { region, credentials, defaultSigningName: service, signer: general } = config;
  const signer = new KeyCachingSigner({ service, region, credentials }, general);
  config.signer = () => Promise.resolve(signer);

  const sdk = new signatures.AwsSdkSigV4Signer();
  const sign =
    (next: FinalizeHandler<In, Out>, context: HandlerExecutionContext): FinalizeHandler<In, Out> =>
    async (args) => {
      const attempt = { config, context };
      const identity = await credentials();
      const request = await sdk.sign(args.request as HttpRequest, identity, attempt);
      const result = await next({ ...args, request }).catch(sdk.errorHandler(attempt));
      sdk.successHandler(result.response, attempt);
      return result;
    };
  middlewareStack.remove('httpAuthSchemeMiddleware');
  middlewareStack.remove('httpSigningMiddleware');
  middlewareStack.addRelativeTo(sign, {
    name: 'httpSigningMiddleware',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
}
