import { Inject, Injectable } from '@nestjs/common';
import { fromStoredKeys, toStoredKeys, type Update } from '../../../platform/persistence/index.js';
import type { JsonObject } from '../../../protocol/index.js';
import { HookRunner } from '../notifications/hook-runner.js';
import { requireSessionId } from '../session-id.js';
import type { SessionDocument } from '../session.document.js';
import { SESSIONS_OPTIONS, type SessionsOptions } from '../sessions.options.js';
import { SessionsRepository, type SessionPart } from '../sessions.repository.js';
import {
  applyChange,
  changedFields,
  keepNewest,
  type AnnouncedChange,
  type MetadataChange,
} from './metadata-change.js';
import { requireMetadata, requireMetadataKeys } from './session-metadata.js';

/** The metadata of a session. A change of a listed field is announced with its sequence number. */
@Injectable()
export class MetadataService {
  readonly #listed: ReadonlySet<string>;

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly hooks: HookRunner,
    @Inject(SESSIONS_OPTIONS) { metadataFields }: Pick<SessionsOptions, 'metadataFields'>,
  ) {
    this.#listed = new Set(metadataFields);
  }

  /** @throws {NotFoundException} when there is no such session. */
  async read(sessionId: string): Promise<JsonObject> {
    const { metadata = {} } = await this.sessions.get(requireSessionId(sessionId), { metadata: 1 });
    return fromStoredKeys(metadata);
  }

  /** Replaces the value of each given key, and leaves other keys unchanged. An empty change does nothing. */
  async update(sessionId: string, changes: unknown): Promise<JsonObject> {
    return this.#change(sessionId, { operation: 'update', values: requireMetadata(changes) });
  }

  /** Removes the keys. A key that does not exist is no error, so that a delete can be repeated. */
  async remove(sessionId: string, keys: readonly string[]): Promise<JsonObject> {
    return this.#change(sessionId, { operation: 'delete', keys: requireMetadataKeys(keys) });
  }

  async #change(sessionId: string, change: MetadataChange): Promise<JsonObject> {
    requireSessionId(sessionId);
    const fields = changedFields(change);
    if (Object.keys(fields).length === 0) return this.read(sessionId);
    const event = { session_id: sessionId, operation: change.operation, metadata: fields };
    await this.hooks.beforeMetadata(event);
    const read = { metadata: 1, sequence: 1, changes: 1 } as const;
    const metadata = await this.sessions.change(sessionId, read, (session, timestamp) => {
      const changed = applyChange(fromStoredKeys(session.metadata ?? {}), change);
      const announced = this.#announced(session, change, fields, timestamp);
      return {
        result: changed,
        update: updateOf(session, change, announced),
        notifications:
          announced === undefined ? [] : this.hooks.metadataNotifications(sessionId, announced),
      };
    });
    this.hooks.afterMetadata(event);
    return metadata;
  }

  /** The announced part of a change; undefined if it touches no listed field. */
  #announced(
    { sequence = 0 }: SessionPart,
    { operation }: MetadataChange,
    fields: JsonObject,
    timestamp: string,
  ): AnnouncedChange | undefined {
    const shown = Object.entries(fields).filter(
      ([key]) => this.#listed.size === 0 || this.#listed.has(key),
    );
    if (shown.length === 0) return undefined;
    return { sequence: sequence + 1, operation, metadata: Object.fromEntries(shown), timestamp };
  }
}

function updateOf(
  { changes = [] }: SessionPart,
  change: MetadataChange,
  announced: AnnouncedChange | undefined,
): Update<SessionDocument> {
  const set =
    change.operation === 'update'
      ? Object.entries(toStoredKeys(change.values)).map(([key, value]) => [
          `metadata.${key}`,
          value,
        ])
      : [];
  const removed =
    change.operation === 'delete'
      ? Object.keys(toStoredKeys(changedFields(change))).map((key) => [`metadata.${key}`, true])
      : [];
  const kept = announced && { ...announced, metadata: toStoredKeys(announced.metadata) };
  return {
    $set: {
      ...Object.fromEntries(set),
      ...(kept && { sequence: kept.sequence, changes: keepNewest([...changes, kept]) }),
    },
    ...(removed.length > 0 && { $unset: Object.fromEntries(removed) }),
  };
}
