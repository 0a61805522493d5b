import type { MakeBucket } from '../../aws/make-bucket.js';
import { PermanentError } from '../../transport/errors/index.js';

/** The value of `STORAGE_CONTAINERS` for every container that the credentials allow. */
export const EVERY_CONTAINER = '*';

export type AllowedContainers = typeof EVERY_CONTAINER | ReadonlySet<string>;

export interface ContainersOptions {
  readonly allowed: AllowedContainers;
  /** Never allowed as a container, because it holds the bodies of other messages. */
  readonly payloadBucket: string | undefined;
  /** Creates a container at its first write. Absent: containers must exist. */
  readonly create?: MakeBucket | undefined;
}

/** The containers that Commands may use, and their creation. */
export class Containers {
  constructor(private readonly options: ContainersOptions) {}

  /** @throws {PermanentError} when Commands may not reach one of them. */
  check(...containers: readonly string[]): void {
    const { allowed, payloadBucket } = this.options;
    for (const container of containers) {
      if (container === payloadBucket) {
        throw new PermanentError(`Container not allowed: ${container}. It is the payload bucket`);
      }
      if (allowed !== EVERY_CONTAINER && !allowed.has(container)) {
        throw new PermanentError(
          `Container not allowed: ${container}. Add it to STORAGE_CONTAINERS of the service`,
        );
      }
    }
  }

  /** Writes; if the container is missing and may be created, creates it and writes again. */
  async writing<T>(container: string, write: () => Promise<T>): Promise<T> {
    const { create } = this.options;
    try {
      return await write();
    } catch (error) {
      if (!create || !(error instanceof Error) || error.name !== 'NoSuchBucket') throw error;
      create(container);
      return write();
    }
  }
}
