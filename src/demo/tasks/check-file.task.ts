import { createHash } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Expose } from 'class-transformer';
import { IsString } from 'class-validator';
import { AwsClients } from '../../aws/index.js';
import { EventFailPayload } from '../../messaging/event-bus/index.js';
import { ApplicationError, documentRepository, Task } from '../../messaging/tasks/index.js';
import { withOutbox, type OutboxDocument } from '../../platform/outbox/index.js';
import { CONTAINER } from '../store-files.js';

/** An object stored by the demo, with a task's findings. */
class StoredFile {
  id!: string;
  path!: string;
  sha256!: string | null;
}

interface StoredFileDocument extends OutboxDocument {
  path: string;
  sha256: string | null;
  task_outcomes?: { readonly outcome: string }[];
}

export const STORED_FILES = withOutbox<StoredFileDocument>({ name: 'demo_files' });

export const storedFiles = documentRepository(StoredFile, STORED_FILES);

export class FileCheckedPayload {
  @Expose()
  @IsString()
  id!: string;

  @Expose()
  @IsString()
  path!: string;

  @Expose()
  @IsString()
  sha256!: string;
}

class FileCheckFailedPayload extends EventFailPayload {}

/** Reads an object back and computes its checksum. */
@Task({ model: StoredFile, success: FileCheckedPayload, failure: FileCheckFailedPayload })
export class CheckFileTask {
  constructor(private readonly aws: AwsClients) {}

  async run(file: StoredFile): Promise<void> {
    const { Body: body } = await this.aws.s3
      .send(new GetObjectCommand({ Bucket: CONTAINER, Key: file.path }))
      .catch((cause: unknown) => {
        throw new ApplicationError(`${file.path} cannot be read`, { code: 'NOT_READABLE', cause });
      });
    const bytes = await body?.transformToByteArray();
    file.sha256 = createHash('sha256')
      .update(bytes ?? new Uint8Array())
      .digest('hex');
  }
}
