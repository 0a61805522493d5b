import type { CollectionDefinition } from '../../platform/persistence/index.js';
import type { Feedback } from './feedback.js';
import type { MetadataSize } from './session-metadata.js';

/** One session, whole, in one document, so that whatever must be atomic is one update. */
export interface SessionDocument {
  /** The session's id. */
  _id: string;
  application_name: string | null;
  session_type: string | null;
  created_at: string;
  updated_at: string;
  metadata: Record<string, unknown>;
  feedbacks: Feedback[];
  guardrail_events: unknown[];
  agents: Record<string, unknown>;
  /** Metadata messages caused so far. */
  sequence: number;
  /**
   * Never less than what the metadata takes: each write adds what it brings, and only a write
   * that would go over a limit counts anew. `writes` tells such a write whether another came between.
   */
  metadata_usage: MetadataSize & { readonly writes: number };
  /** Never leaves the service. */
  session_viewer_password_hash: string;
}

export const SESSIONS_COLLECTION: CollectionDefinition<SessionDocument> = {
  name: 'sessions',
  indexes: [
    { fields: { created_at: -1, _id: -1 } },
    { fields: { application_name: 1, created_at: -1, _id: -1 } },
  ],
};
