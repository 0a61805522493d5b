import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The credentials that every caller of an embedded stack must sign with. */
export interface StackCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const FILE = 'credentials';
const ONLY_OWNER = 0o600;

/** New credentials for each start, so that none written down earlier is valid. */
export const newCredentials = (): StackCredentials => ({
  accessKeyId: `WEFT${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
});

/**
 * Writes the credentials to a file that only this user can read, in AWS's format: `AWS_SHARED_CREDENTIALS_FILE=<file>
 * aws --endpoint-url <endpoint> sqs list-queues`.
 *
 * @returns the file.
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
 */
export function keepCredentials(dataDir: string, credentials: StackCredentials): string {
  const file = join(dataDir, FILE);
  const next = `${file}.${process.pid}`;
  const { accessKeyId, secretAccessKey } = credentials;
  // Replaces an existing file, which could have other permissions or be a link.
  writeFileSync(
    next,
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    { mode: ONLY_OWNER, flag: 'wx' },
  );
  renameSync(next, file);
  return file;
}
