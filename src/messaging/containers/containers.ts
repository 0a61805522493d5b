import type { MakeBucket } from '../../aws/make-bucket.js';
import { PermanentError } from '../../transport/errors/index.js';

/** In `STORAGE_CONTAINERS`: every container the credentials reach. */
export const EVERY_CONTAINER = '*';

export type AllowedContainers = typeof EVERY_CONTAINER | ReadonlySet<string>;

export interface ContainersOptions {
  readonly allowed: AllowedContainers;
  /** Never a container, whatever is allowed: bodies of other messages are in it. */
  readonly payloadBucket: string | undefined;
  /** Makes a container that is written to for the first time. Absent: somebody else makes them. */
  readonly create?: MakeBucket | undefined;
}

/** Which containers Commands may reach, and who makes them. */
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

  /** Writes, and once more after making the container when it was missing and may be made here. */
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
