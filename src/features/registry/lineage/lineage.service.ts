import { Injectable } from '@nestjs/common';
import { normalizeTime, type JsonObject } from '../../../protocol/index.js';
import { readExecutions } from '../lineage-records.js';
import { NotInRegistryError } from '../registry.errors.js';
import { RegistryRepository } from '../registry.repository.js';
import { columnGraph } from './column.graph.js';
import type { EdgeDocument } from './edge.document.js';
import { EdgesRepository, type EdgeScope } from './edges.repository.js';
import { walk, type GraphEdge, type GraphNode, type GraphQuestion } from './graph.js';
import { impactOf } from './impact.js';
import { MAX_GRAPH_NODES, MAX_LINEAGE_STEPS, MAX_STREAMED_NODES } from './lineage.constants.js';
import type { GetLineagePayload, RunLineageQuery } from './lineage.dto.js';
import { RunGraphs } from './run.graph.js';

/** Lineage: the steps that wrote and read a location, and the graph beyond them. */
@Injectable()
export class LineageService {
  readonly #runs: RunGraphs;

  constructor(
    private readonly repository: RegistryRepository,
    private readonly edges: EdgesRepository,
  ) {
    this.#runs = new RunGraphs(edges);
  }

  async get(payload: GetLineagePayload): Promise<JsonObject> {
    const { location, direction, column } = payload;
    const scope = scopeOf(payload);
    const [writes, reads] = await Promise.all([
      direction === 'consumers'
        ? []
        : this.edges.newest(location, 'write', scope, MAX_LINEAGE_STEPS),
      direction === 'producers'
        ? []
        : this.edges.newest(location, 'read', scope, MAX_LINEAGE_STEPS),
    ]);
    const steps = new Set([...writes, ...reads].map(({ step_id }) => step_id));
    const ran = await this.repository.executionsOf([...steps]);
    const producer = (edge: EdgeDocument) => producerOf(edge, ran.get(edge.step_id) ?? []);
    return {
      location,
      producers: distinct(writes).map(producer),
      consumers: distinct(reads).map((edge) => ({
        ...producer(edge),
        started_at: edge.started_at ?? null,
      })),
      ...((payload.depth ?? 1) > 1 && { graph: await this.#graph(payload) }),
      ...(typeof column === 'string' && {
        columns: await columnGraph(this.edges, { ...questionOf(payload), column }),
      }),
      ...(isTrue(payload.impact) && { impact: await impactOf(this.edges, location, scope) }),
    };
  }

  /** Yields the graph layer by layer; at the end whether there is more, and the frontier. */
  async *layers(payload: GetLineagePayload): AsyncGenerator<object, void> {
    const layers = walk(this.edges, questionOf(payload, MAX_STREAMED_NODES));
    for (;;) {
      const layer = await layers.next();
      yield layer.value;
      if (layer.done === true) return;
    }
  }

  /**
   * The runs whose exact versions a step has read, and those that have read its own.
   *
   * @throws {NotInRegistryError} when there is no such step.
   */
  async ofRun(step_id: string, { direction, depth }: RunLineageQuery): Promise<JsonObject> {
    if ((await this.repository.findStep(step_id)) === null) {
      throw new NotInRegistryError('Step', step_id);
    }
    const graph = await this.#runs.of(step_id, direction ?? 'both', depth ?? 1);
    return { step_id, graph };
  }

  async #graph(payload: GetLineagePayload): Promise<JsonObject> {
    const nodes: GraphNode[] = [];
    const edges: GraphEdge[] = [];
    const layers = walk(this.edges, questionOf(payload));
    let layer = await layers.next();
    for (; layer.done !== true; layer = await layers.next()) {
      nodes.push(...layer.value.nodes);
      edges.push(...layer.value.edges);
    }
    return { nodes, edges, ...layer.value };
  }
}

function questionOf(payload: GetLineagePayload, maxNodes = MAX_GRAPH_NODES): GraphQuestion {
  const { location, direction, depth } = payload;
  return {
    location,
    direction: direction ?? 'both',
    depth: depth ?? 1,
    scope: scopeOf(payload),
    maxNodes,
  };
}

function scopeOf({ environment, as_of }: GetLineagePayload): EdgeScope {
  return { environment: environment ?? undefined, asOf: normalizeTime(as_of ?? '') };
}

/** A query string says `true`. */
const isTrue = (flag: boolean | string | null | undefined): boolean =>
  flag === true || flag === 'true';

/** A step with two references to a location counts once. */
function distinct(edges: readonly EdgeDocument[]): EdgeDocument[] {
  return [...new Map(edges.map((edge) => [edge.step_id, edge])).values()];
}

function producerOf(
  edge: EdgeDocument,
  executions: Parameters<typeof readExecutions>[0],
): JsonObject {
  const { job_id, step_id, step_name, handler_type, logic_version } = edge;
  return {
    job_id,
    step_id,
    step_name,
    handler_type,
    logic_version,
    completed_at: edge.completed_at ?? null,
    executions: readExecutions(executions),
  };
}
