import type { Logger } from '@nestjs/common';

import type { LeaseRegistry } from '../leases/lease.registry.js';
import type { Capacity } from './capacity.js';

export const STUCK =
  'every pool slot is held by a handler that has not ended though the lease of its message is lost';

/** Notices when every pool slot is held by a handler whose lease is lost: nothing can be received until one ends. */
export class StuckSlots {
  #areAll = false;

  constructor(
    private readonly leases: Pick<LeaseRegistry, 'lost'>,
    private readonly capacity: Pick<Capacity, 'messages'>,
    private readonly logger: Logger,
    private readonly queue: string,
  ) {}

  /** Whether all were stuck at the last check. */
  get areAll(): boolean {
    return this.#areAll;
  }

  /** Counts again. Logs the first check that finds all of them stuck. */
  look(): void {
    const areAll = this.leases.lost >= this.capacity.messages;
    if (areAll && !this.#areAll)
      this.logger.warn('Queue is stalled', { queue: this.queue, reason: STUCK });
    this.#areAll = areAll;
  }
}
