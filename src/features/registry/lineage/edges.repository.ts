import { Injectable } from '@nestjs/common';
import { chunksOf } from '../../../common/chunks.js';
import {
  DocumentStore,
  DuplicateKeyError,
  type DocumentCollection,
  type Filter,
} from '../../../platform/persistence/index.js';
import {
  EDGES_COLLECTION,
  type EdgeDirection,
  type EdgeDocument,
  type EdgeTimes,
} from './edge.document.js';
import { EDGES_BATCH, MAX_EDGES_A_LEVEL } from './lineage.constants.js';

/** The edges to consider. */
export interface EdgeScope {
  readonly environment?: string | undefined;
  /** Only edges up to this time. */
  readonly asOf?: string | undefined;
}

export type KnownEdge = Pick<EdgeDocument, '_id' | 'direction' | 'at' | 'completed_at' | 'source'>;

/** The edges between locations and steps. Every query uses an index. */
@Injectable()
export class EdgesRepository {
  readonly #edges: DocumentCollection<EdgeDocument>;

  constructor(store: DocumentStore) {
    this.#edges = store.collection(EDGES_COLLECTION);
  }

  /** Edges of one location, the newest first. */
  newest(
    location: string,
    direction: EdgeDirection,
    scope: EdgeScope,
    limit: number,
  ): Promise<EdgeDocument[]> {
    return this.#edges.find(
      { location: { $eq: location }, direction: { $eq: direction }, ...within(scope) },
      { sort: { at: -1, created_at: -1 }, limit, projection: { columns: 0 } },
    );
  }

  /** Edges of many locations, with their columns if requested. */
  async atLocations(
    locations: readonly string[],
    direction: EdgeDirection,
    scope: EdgeScope,
  ): Promise<EdgeDocument[]> {
    return this.#inBatches(locations, (some) => ({
      location: { $in: some },
      direction: { $eq: direction },
      ...within(scope),
    }));
  }

  /** Edges of many steps. */
  async ofSteps(
    steps: readonly string[],
    direction: EdgeDirection,
    scope: EdgeScope,
  ): Promise<EdgeDocument[]> {
    return this.#inBatches(steps, (some) => ({
      step_id: { $in: some },
      direction: { $eq: direction },
      ...within(scope),
    }));
  }

  /** Reads of versions that these steps wrote. */
  async fromSources(steps: readonly string[], scope: EdgeScope): Promise<EdgeDocument[]> {
    return this.#inBatches(steps, (some) => ({ source: { $in: some }, ...within(scope) }));
  }

  /** The ids and times of a step's edges. */
  known(stepId: string): Promise<KnownEdge[]> {
    const projection = { direction: 1, at: 1, completed_at: 1, source: 1 } as const;
    return this.#edges.find({ step_id: { $eq: stepId } }, { projection });
  }

  /** The last write of a location up to a time, by another step. */
  async lastWrite(edge: EdgeDocument, until: string): Promise<EdgeDocument | undefined> {
    const { location, environment, step_id } = edge;
    const found = await this.#edges.find(
      {
        location: { $eq: location },
        direction: 'write',
        at: { $lte: until },
        environment: { $eq: environment },
        step_id: { $ne: step_id },
      },
      { sort: { at: -1 }, limit: 1, projection: { step_id: 1, at: 1 } },
    );
    return found[0];
  }

  async add(edges: readonly EdgeDocument[]): Promise<void> {
    for (const some of chunksOf(edges, EDGES_BATCH)) {
      try {
        await this.#edges.insertMany(some);
      } catch (error) {
        if (!(error instanceof DuplicateKeyError)) throw error;
        // Another relay is writing the same edges: each is inserted separately, and existing ones are kept.
        for (const edge of some) await this.#addIfMissing(edge);
      }
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const some of chunksOf(ids, EDGES_BATCH))
      await this.#edges.deleteMany({ _id: { $in: some } });
  }

  /** Updates the times of a step's edges. */
  async setTimes(stepId: string, direction: EdgeDirection, times: EdgeTimes): Promise<void> {
    if (Object.keys(times).length === 0) return;
    await this.#edges.updateMany(
      { step_id: { $eq: stepId }, direction: { $eq: direction } },
      { $set: { ...times } },
    );
  }

  /** Assigns a write as the source of later reads that have none or an older one. */
  async setSource(locations: readonly string[], step: SourceStep): Promise<void> {
    const { id, environment, at } = step;
    for (const some of chunksOf(locations, EDGES_BATCH)) {
      await this.#edges.updateMany(
        {
          location: { $in: some },
          direction: 'read',
          at: { $gte: at },
          environment: { $eq: environment },
          step_id: { $ne: id },
          $or: [{ source_at: { $exists: false } }, { source_at: { $lt: at } }],
        },
        { $set: { source: id, source_at: at } },
      );
    }
  }

  async #addIfMissing(edge: EdgeDocument): Promise<void> {
    try {
      await this.#edges.insert(edge);
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
    }
  }

  async #inBatches(
    values: readonly string[],
    filter: (some: readonly string[]) => Filter<EdgeDocument>,
  ): Promise<EdgeDocument[]> {
    const found: EdgeDocument[] = [];
    for (const some of chunksOf(values, EDGES_BATCH)) {
      const limit = MAX_EDGES_A_LEVEL - found.length;
      if (limit <= 0) break;
      found.push(...(await this.#edges.find(filter(some), { limit })));
    }
    return found;
  }
}

/** A writing step and its time. */
interface SourceStep {
  readonly id: string;
  readonly environment: string;
  readonly at: string;
}

function within({ environment, asOf }: EdgeScope): Filter<EdgeDocument> {
  return {
    ...(asOf !== undefined && { at: { $lte: asOf } }),
    ...(environment !== undefined && { environment: { $eq: environment } }),
  };
}
