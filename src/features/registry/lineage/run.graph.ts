import type { EdgeDocument } from './edge.document.js';
import type { EdgesRepository } from './edges.repository.js';
import { arcOf, distinctSteps, locationId, type GraphEdge, type GraphNode } from './graph.js';
import { MAX_GRAPH_NODES } from './lineage.constants.js';
import type { LineageDirection } from './lineage.dto.js';

interface RunGraph {
  readonly nodes: GraphNode[];
  readonly edges: GraphEdge[];
  readonly truncated: boolean;
  /** Steps at which the graph continues. */
  readonly frontier: string[];
}

/** The runs whose exact versions a run has read, and those that have read its own, from step to step. */
export class RunGraphs {
  constructor(private readonly edges: EdgesRepository) {}

  async of(start: string, direction: LineageDirection, depth: number): Promise<RunGraph> {
    const nodes = new Map<string, GraphNode>();
    const arcs = new Map<string, GraphEdge>();
    let truncated = false;
    const frontier: string[] = [];
    for (const way of ['producers', 'consumers'] as const) {
      if (direction !== 'both' && direction !== way) continue;
      let steps = [start];
      const met = new Set(steps);
      for (let layer = 0; layer < depth && steps.length > 0; layer++) {
        const found = await this.#from(steps, way);
        for (const node of found.nodes) nodes.set(node.id, node);
        for (const arc of found.arcs) arcs.set(`${arc.from}\0${arc.to}`, arc);
        steps = found.next.filter((step) => !met.has(step));
        for (const step of steps) met.add(step);
        if (nodes.size < MAX_GRAPH_NODES) continue;
        truncated = true;
        break;
      }
      const onward = await this.#from(steps, way);
      const left = steps.filter((step) => onward.came.has(step));
      truncated ||= left.length > 0;
      frontier.push(...left);
    }
    return { nodes: [...nodes.values()], edges: [...arcs.values()], truncated, frontier };
  }

  async #from(steps: readonly string[], way: 'producers' | 'consumers') {
    const reads =
      way === 'producers'
        ? (await this.edges.ofSteps(steps, 'read', {})).filter(({ source }) => source !== undefined)
        : await this.edges.fromSources(steps, {});
    const sources = [...new Set(reads.flatMap(({ source }) => source ?? []))];
    const writes = await this.edges.ofSteps(sources, 'write', {});
    const read = new Set(reads.map((edge) => `${edge.source}\0${edge.location}`));
    const used = writes.filter((edge) => read.has(`${edge.step_id}\0${edge.location}`));
    const next = way === 'producers' ? sources : [...new Set(reads.map(({ step_id }) => step_id))];
    return {
      nodes: [...distinctSteps([...reads, ...used]), ...places([...reads, ...used])],
      arcs: [...reads, ...used].map(arcOf),
      next,
      came: new Set(way === 'producers' ? reads.map(({ step_id }) => step_id) : sources),
    };
  }
}

const places = (edges: readonly EdgeDocument[]): GraphNode[] =>
  [...new Set(edges.map(({ location }) => location))].map((location) => ({
    id: locationId(location),
    type: 'location',
    location,
  }));
