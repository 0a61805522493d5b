import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What every caller of an embedded stack has to sign with. */
export interface StackCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const FILE = 'credentials';
const ONLY_OWNER = 0o600;

/** New ones for each start: nothing that was written down before opens this stack. */
export const newCredentials = (): StackCredentials => ({
  accessKeyId: `WEFT${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
});

/**
 * Keeps credentials where only this user can read them, as AWS's own programs do:
 * `AWS_SHARED_CREDENTIALS_FILE=<file> aws --endpoint-url <endpoint> sqs list-queues`.
 *
 * @returns the file.
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
 */
export function keepCredentials(dataDir: string, credentials: StackCredentials): string {
  const file = join(dataDir, FILE);
  const next = `${file}.${process.pid}`;
  const { accessKeyId, secretAccessKey } = credentials;
  // Not over what may be there already, which could be of other rights or lead elsewhere.
  writeFileSync(
    next,
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    { mode: ONLY_OWNER, flag: 'wx' },
  );
  renameSync(next, file);
  return file;
}
