import type { JsonObject } from '../../../protocol/index.js';
import type { EdgeDocument } from './edge.document.js';
import type { EdgeScope, EdgesRepository } from './edges.repository.js';
import type { LineageDirection } from './lineage.dto.js';
import { MAX_FRONTIER } from './lineage.constants.js';

/** A location or a step. */
export type GraphNode = JsonObject & { readonly id: string; readonly type: 'location' | 'step' };

/** From a location to the step that read it, or from a step to the location it wrote. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly type: 'read' | 'write';
  readonly at: string | null;
}

/** The nodes and edges that one more level adds. */
interface GraphLayer {
  readonly depth: number;
  readonly nodes: GraphNode[];
  readonly edges: GraphEdge[];
}

interface GraphEnd {
  /** Whether there is more than was returned. */
  readonly truncated: boolean;
  /** Locations at which the graph continues: query again from there. */
  readonly frontier: string[];
}

export interface GraphQuestion {
  readonly location: string;
  readonly direction: LineageDirection;
  readonly depth: number;
  readonly scope: EdgeScope;
  readonly maxNodes: number;
}

export const locationId = (location: string): string => `location:${location}`;
const stepId = (step: string): string => `step:${step}`;

/** A direction: from outputs to their inputs, or from inputs to the outputs made from them. */
interface Way {
  readonly to: 'write' | 'read';
  readonly onward: 'read' | 'write';
}

const UPSTREAM: Way = { to: 'write', onward: 'read' };
const DOWNSTREAM: Way = { to: 'read', onward: 'write' };

/**
 * Walks from a location layer by layer, with two calls to the store for each layer, however many nodes it has. Visited
 * nodes are not walked from again, so cycles end.
 */
export async function* walk(
  edges: EdgesRepository,
  question: GraphQuestion,
): AsyncGenerator<GraphLayer, GraphEnd> {
  const { location, direction, depth, maxNodes } = question;
  const walks = [
    ...(direction === 'consumers' ? [] : [new Walk(edges, question, UPSTREAM)]),
    ...(direction === 'producers' ? [] : [new Walk(edges, question, DOWNSTREAM)]),
  ];
  const start = locationId(location);
  const met = new Set([start]);
  const drawn = new Set<string>();
  yield { depth: 0, nodes: [{ id: start, type: 'location', location }], edges: [] };
  for (let layer = 1; layer <= depth; layer++) {
    const nodes: GraphNode[] = [];
    const arcs: GraphEdge[] = [];
    for (const one of walks) {
      const found = await one.next(maxNodes - met.size - nodes.length);
      for (const node of found.nodes) if (!met.has(node.id)) nodes.push(node);
      for (const node of found.nodes) met.add(node.id);
      for (const arc of found.edges) {
        const name = `${arc.from}\0${arc.to}`;
        if (!drawn.has(name)) arcs.push(arc);
        drawn.add(name);
      }
    }
    if (nodes.length > 0 || arcs.length > 0) yield { depth: layer, nodes, edges: arcs };
    if (walks.every((one) => one.isOver)) break;
  }
  const frontier = [...new Set(walks.flatMap((one) => one.frontier))];
  return {
    truncated: walks.some((one) => one.isTruncated) || (await reachesOn(edges, question, walks)),
    frontier: frontier.slice(0, MAX_FRONTIER),
  };
}

/** Whether the graph continues beyond the last layer. */
async function reachesOn(
  edges: EdgesRepository,
  { scope }: GraphQuestion,
  walks: readonly Walk[],
): Promise<boolean> {
  for (const one of walks) {
    const { frontier } = one;
    if (frontier.length === 0) continue;
    const some = frontier.slice(0, MAX_FRONTIER);
    const onward = await edges.atLocations(some, one.way.to, scope);
    const leading = new Set(onward.map(({ location }) => location));
    one.frontier = frontier.filter((location) => leading.has(location));
  }
  return walks.some(({ frontier }) => frontier.length > 0);
}

class Walk {
  readonly way: Way;
  /** Locations at which the next layer begins. */
  frontier: string[];
  isTruncated = false;
  readonly #edges: EdgesRepository;
  readonly #scope: EdgeScope;
  readonly #locations: Set<string>;
  readonly #steps = new Set<string>();

  constructor(edges: EdgesRepository, { location, scope }: GraphQuestion, way: Way) {
    this.#edges = edges;
    this.#scope = scope;
    this.way = way;
    this.frontier = [location];
    this.#locations = new Set([location]);
  }

  get isOver(): boolean {
    return this.frontier.length === 0 || this.isTruncated;
  }

  /** @param room maximum number of nodes to add. */
  async next(room: number): Promise<{ nodes: GraphNode[]; edges: GraphEdge[] }> {
    if (this.isOver) return { nodes: [], edges: [] };
    const { to, onward } = this.way;
    const reached = await this.#edges.atLocations(this.frontier, to, this.#scope);
    const steps = [...new Set(reached.map(({ step_id }) => step_id))];
    const fresh = steps.filter((step) => !this.#steps.has(step));
    if (fresh.length > room) {
      this.isTruncated = true;
      return { nodes: [], edges: [] };
    }
    const led = await this.#edges.ofSteps(fresh, onward, this.#scope);
    const locations = [...new Set(led.map(({ location }) => location))];
    const further = locations.filter((location) => !this.#locations.has(location));
    if (fresh.length + further.length > room) {
      this.isTruncated = true;
      return { nodes: [], edges: [] };
    }
    for (const step of fresh) this.#steps.add(step);
    for (const location of further) this.#locations.add(location);
    this.frontier = further;
    const added = new Set(fresh);
    const nodes = [
      ...distinctSteps(reached.filter(({ step_id }) => added.has(step_id))),
      ...further.map((location): GraphNode => ({
        id: locationId(location),
        type: 'location',
        location,
      })),
    ];
    return { nodes, edges: [...reached, ...led].map(arcOf) };
  }
}

export function arcOf({ location, step_id, direction, ...edge }: EdgeDocument): GraphEdge {
  const [place, step] = [locationId(location), stepId(step_id)];
  const at = edge.at ?? null;
  return direction === 'read'
    ? { from: place, to: step, type: 'read', at }
    : { from: step, to: place, type: 'write', at };
}

export function distinctSteps(edges: readonly EdgeDocument[]): GraphNode[] {
  const steps = new Map(edges.map((edge) => [edge.step_id, edge]));
  return [...steps.values()].map(stepNode);
}

function stepNode(edge: EdgeDocument): GraphNode {
  const { step_id, job_id, pipeline, environment, step_name, handler_type, logic_version } = edge;
  return {
    id: stepId(step_id),
    type: 'step',
    step_id,
    job_id,
    pipeline,
    environment,
    step_name,
    handler_type,
    logic_version,
    started_at: edge.started_at ?? null,
    completed_at: edge.completed_at ?? null,
  };
}
