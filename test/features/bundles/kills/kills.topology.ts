import { announcementCodec } from '../../../../src/features/bundles/intake/announcement.codec.js';
import { defineTopology, type Topology } from '../../../../src/transport/index.js';

/** The queue of the bundler as the service declares it, but that a killed process's messages are soon visible again. */
export const killsTopology = (queue: string): Topology =>
  defineTopology({
    queues: [
      {
        name: queue,
        patterns: ['bundles.*'],
        codec: announcementCodec,
        visibilityTimeoutS: 12,
        idempotent: false,
        concurrency: 500,
        deadLetter: { maxReceiveCount: 1000 },
      },
    ],
  });
