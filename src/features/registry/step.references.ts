import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { chunksOf } from '../../common/chunks.js';
import {
  DocumentStore,
  type CollectionDefinition,
  type DocumentCollection,
} from '../../platform/persistence/index.js';
import { MAX_INLINE_REFERENCES, UNUSED_CHUNK_TTL_S } from './registry.constants.js';
import type { MoreReferences, StepDocument, StoredReference } from './registry.documents.js';

export type Side = 'inputs' | 'outputs';

/** References of a step beyond those its document holds. */
interface ReferencesChunk {
  _id: string;
  /** The id of `MoreReferences`. */
  of: string;
  number: number;
  references: StoredReference[];
  /** Set until the step's document refers to them, so that chunks of a step that was not written are deleted. */
  unused_at?: Date;
}

const CHUNKS_COLLECTION: CollectionDefinition<ReferencesChunk> = {
  name: 'registry_references',
  indexes: [
    { fields: { of: 1, number: 1 } },
    { fields: { unused_at: 1 }, expireAfterSeconds: UNUSED_CHUNK_TTL_S },
  ],
};

/** The inputs and outputs of steps, in any number: the document holds a thousand, chunks the others. */
@Injectable()
export class StepReferences {
  readonly #chunks: DocumentCollection<ReferencesChunk>;

  constructor(store: DocumentStore) {
    this.#chunks = store.collection(CHUNKS_COLLECTION);
  }

  /**
   * The fields of a step's document for these references. Surplus ones are written first, under a new id, so that they
   * are invisible until the document refers to them.
   */
  async fields(
    side: Side,
    references: readonly StoredReference[],
  ): Promise<Record<string, unknown>> {
    const inline = references.slice(0, MAX_INLINE_REFERENCES);
    const more = references.slice(MAX_INLINE_REFERENCES);
    if (more.length === 0) return { [side]: inline, [`more_${side}`]: undefined };
    const id = randomUUID();
    const chunks = [...chunksOf(more, MAX_INLINE_REFERENCES)].map(
      (some, number): ReferencesChunk => ({
        _id: `${id}:${number}`,
        of: id,
        number,
        references: some,
        unused_at: new Date(),
      }),
    );
    await this.#chunks.insertMany(chunks);
    const named: MoreReferences = { id, count: references.length };
    return { [side]: inline, [`more_${side}`]: named };
  }

  /** All references of a step, one chunk at a time. */
  async *all(step: StepDocument, side: Side): AsyncIterable<readonly StoredReference[]> {
    yield step[side];
    const more = step[`more_${side}`];
    if (more === undefined) return;
    const chunks = Math.ceil((more.count - step[side].length) / MAX_INLINE_REFERENCES);
    for (let number = 0; number < chunks; number++) {
      const chunk = await this.#chunks.findOne({ _id: { $eq: `${more.id}:${number}` } });
      yield chunk?.references ?? [];
    }
  }

  /** Marks the chunks of a step as used, now that its document refers to them. */
  async keep(step: StepDocument): Promise<void> {
    for (const more of [step.more_inputs, step.more_outputs]) {
      if (more === undefined) continue;
      await this.#chunks.updateMany(
        { of: { $eq: more.id }, unused_at: { $exists: true } },
        { $unset: { unused_at: true } },
      );
    }
  }
}
