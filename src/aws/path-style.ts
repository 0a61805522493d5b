import type { S3Client } from '@aws-sdk/client-s3';

/**
 * Puts bucket names into the path if the environment or the profile sets the endpoint, as with the option: neither an
 * emulator nor a VPC endpoint has a DNS name for each bucket. The SDK reads variables and files at the first call.
 */
export function pathStyleOnCustomEndpoint({ config, middlewareStack }: S3Client): void {
  middlewareStack.add(
    (next) => async (args) => {
      if ((await config.serviceConfiguredEndpoint?.()) !== undefined) config.forcePathStyle = true;
      return next(args);
    },
    { step: 'initialize', name: 'pathStyleOnCustomEndpoint' },
  );
}
