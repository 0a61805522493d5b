import { Injectable } from '@nestjs/common';
import { chunksOf } from '../../../common/chunks.js';
import { systemClock } from '../../../transport/clock.js';
import { atMost } from '../../../common/at-most.js';
import { Outbox } from '../../../platform/outbox/index.js';
import type { StepDocument } from '../registry.documents.js';
import { RegistryRepository } from '../registry.repository.js';
import { StepReferences } from '../step.references.js';
import { columnsOf } from './column.records.js';
import { edgeOf, timesOf, type EdgeDirection, type EdgeDocument } from './edge.document.js';
import { EdgesRepository, type KnownEdge } from './edges.repository.js';
import { EDGES_WAIT_MS, LINEAGE_KIND, SOURCES_AT_ONCE } from './lineage.constants.js';

/**
 * Keeps a step's edges consistent with its document. Each change of a step's lineage has an outbox entry, which this
 * handles. If a process ends in between, another one does the work, and no two work on one step at once.
 */
@Injectable()
export class LineageWriter {
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();

  constructor(
    private readonly repository: RegistryRepository,
    private readonly references: StepReferences,
    private readonly edges: EdgesRepository,
    private readonly outbox: Outbox,
  ) {
    outbox.handle(LINEAGE_KIND, async (_data, { documentId, signal }) => {
      await this.#write(documentId, signal);
      this.#waiting.get(documentId)?.resolve();
      this.#waiting.delete(documentId);
    });
  }

  /**
   * Resolves when the edges of a change that was just written are updated, so that its author finds them. If another
   * process is working on the step, it soon stops waiting, and the edges follow later.
   */
  async settled(stepId: string): Promise<void> {
    if (!this.outbox.isRunning) return;
    const waiting = this.#waiting.get(stepId) ?? Promise.withResolvers<void>();
    this.#waiting.set(stepId, waiting);
    await atMost(systemClock, EDGES_WAIT_MS, waiting.promise);
    if (this.#waiting.get(stepId) === waiting) this.#waiting.delete(stepId);
  }

  /** @param signal When it is aborted, the next attempt may have begun: it finds the edges that this one has added. */
  async #write(stepId: string, signal: AbortSignal): Promise<void> {
    const step = await this.repository.findStep(stepId);
    if (step === null) return;
    await this.references.keep(step);
    const known = new Map((await this.edges.known(stepId)).map((edge) => [idOf(edge), edge]));
    for (const direction of ['read', 'write'] as const) {
      await this.#writeSide(step, direction, known, signal);
    }
    signal.throwIfAborted();
    // The remaining edges belong to references that the step no longer has.
    await this.edges.remove([...known.keys()]);
  }

  /** Removes the edges to keep from `known`. */
  async #writeSide(
    step: StepDocument,
    direction: EdgeDirection,
    known: Map<string, KnownEdge>,
    signal: AbortSignal,
  ): Promise<void> {
    const times = timesOf(step, direction);
    let outdated = false;
    for await (const references of this.references.all(step, sideOf(direction))) {
      signal.throwIfAborted();
      const edges = references.map((reference) => ({
        ...edgeOf(step, direction, reference),
        ...(direction === 'write' && withColumns(columnsOf(reference))),
      }));
      const fresh: EdgeDocument[] = [];
      for (const edge of edges) {
        const { _id: id } = edge;
        const before = known.get(id);
        if (before === undefined) fresh.push(edge);
        else if (before.at !== edge.at || before.completed_at !== edge.completed_at)
          outdated = true;
        known.delete(id);
      }
      await this.#add(step, direction, fresh);
    }
    if (!outdated) return;
    signal.throwIfAborted();
    await this.edges.setTimes(idOf(step), direction, times);
    if (direction === 'write') await this.#announceWrites(step, signal);
  }

  async #add(
    step: StepDocument,
    direction: EdgeDirection,
    edges: readonly EdgeDocument[],
  ): Promise<void> {
    if (edges.length === 0) return;
    if (direction === 'read') {
      await this.edges.add(await this.#withSources(edges));
      return;
    }
    await this.edges.add(edges);
    await this.#announce(step, edges);
  }

  async #announceWrites(step: StepDocument, signal: AbortSignal): Promise<void> {
    for await (const references of this.references.all(step, 'outputs')) {
      signal.throwIfAborted();
      await this.#announce(step, references);
    }
  }

  /** Updates the source of later reads whose edges were written earlier. */
  async #announce(
    step: StepDocument,
    written: readonly { readonly location: string }[],
  ): Promise<void> {
    const { environment, completed_at: at } = step;
    if (at === undefined) return;
    await this.edges.setSource(
      written.map(({ location }) => location),
      { id: idOf(step), environment, at },
    );
  }

  async #withSources(edges: readonly EdgeDocument[]): Promise<EdgeDocument[]> {
    const found: EdgeDocument[] = [];
    for (const some of chunksOf(edges, SOURCES_AT_ONCE)) {
      found.push(...(await Promise.all(some.map((edge) => this.#withSource(edge)))));
    }
    return found;
  }

  async #withSource(edge: EdgeDocument): Promise<EdgeDocument> {
    const { at } = edge;
    const write = at === undefined ? undefined : await this.edges.lastWrite(edge, at);
    if (write?.at === undefined) return edge;
    return { ...edge, source: write.step_id, source_at: write.at };
  }
}

const idOf = ({ _id: id }: { _id: string }): string => id;

const sideOf = (direction: EdgeDirection) => (direction === 'read' ? 'inputs' : 'outputs');

const withColumns = (columns: NonNullable<EdgeDocument['columns']>): Partial<EdgeDocument> =>
  columns.length === 0 ? {} : { columns };
