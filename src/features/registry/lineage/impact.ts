import type { JsonObject } from '../../../protocol/index.js';
import type { EdgesRepository, EdgeScope } from './edges.repository.js';
import { walk, type GraphEdge, type GraphNode } from './graph.js';
import { MAX_GRAPH_NODES, MAX_LINEAGE_DEPTH } from './lineage.constants.js';

/** A job to run again: the newest run of its pipeline. */
interface Rerun {
  job_id: string;
  pipeline: string | null;
  environment: string;
  /** Its steps to run again. */
  step_ids: string[];
}

/**
 * Everything downstream of a location, and the jobs to run again after a change there: the newest run of each pipeline,
 * each after those whose data it reads.
 */
export async function impactOf(
  edges: EdgesRepository,
  location: string,
  scope: EdgeScope,
): Promise<JsonObject> {
  const nodes: GraphNode[] = [];
  const arcs: GraphEdge[] = [];
  const layers = walk(edges, {
    location,
    direction: 'consumers',
    depth: MAX_LINEAGE_DEPTH,
    scope,
    maxNodes: MAX_GRAPH_NODES,
  });
  let layer = await layers.next();
  for (; layer.done !== true; layer = await layers.next()) {
    nodes.push(...layer.value.nodes);
    arcs.push(...layer.value.edges);
  }
  const locations = nodes
    .filter(({ type, location: place }) => type === 'location' && place !== location)
    .map(({ location: place }) => String(place));
  const { jobs, cyclic } = inOrder(newestRuns(nodes), arcs, nodes);
  return { locations, jobs, cyclic, ...layer.value };
}

/** The steps of the newest job of each pipeline and environment, which is the only one to run again. */
function newestRuns(nodes: readonly GraphNode[]): GraphNode[] {
  const steps = nodes.filter(({ type }) => type === 'step');
  const newest = new Map<string, GraphNode>();
  for (const step of steps) {
    const before = newest.get(pipelineOf(step));
    if (before === undefined || timeOf(before) < timeOf(step)) newest.set(pipelineOf(step), step);
  }
  return steps.filter((step) => newest.get(pipelineOf(step))?.['job_id'] === step['job_id']);
}

const pipelineOf = ({ pipeline, job_id, environment }: GraphNode): string =>
  JSON.stringify([pipeline ?? job_id, environment]);

function timeOf({ completed_at, started_at }: GraphNode): string {
  if (typeof completed_at === 'string') return completed_at;
  return typeof started_at === 'string' ? started_at : '';
}

/** Sorts each job after those that write its inputs. Jobs in a cycle come last and are marked as such. */
function inOrder(
  steps: readonly GraphNode[],
  arcs: readonly GraphEdge[],
  nodes: readonly GraphNode[],
): { jobs: Rerun[]; cyclic: boolean } {
  const jobs = new Map<string, Rerun>();
  for (const step of steps) {
    const job_id = String(step['job_id']);
    const job = jobs.get(job_id) ?? {
      job_id,
      pipeline: typeof step['pipeline'] === 'string' ? step['pipeline'] : null,
      environment: String(step['environment']),
      step_ids: [],
    };
    job.step_ids.push(String(step['step_id']));
    jobs.set(job_id, job);
  }
  const before = predecessors(steps, arcs, nodes);
  const done = new Set<string>();
  const ordered: Rerun[] = [];
  let left = [...jobs.values()];
  while (left.length > 0) {
    const ready = left.filter(({ job_id }) =>
      [...(before.get(job_id) ?? [])].every((other) => done.has(other)),
    );
    if (ready.length === 0) return { jobs: [...ordered, ...left], cyclic: true };
    for (const job of ready) done.add(job.job_id);
    ordered.push(...ready);
    left = left.filter(({ job_id }) => !done.has(job_id));
  }
  return { jobs: ordered, cyclic: false };
}

/** For each job, the other jobs to run again that write its inputs. */
function predecessors(
  steps: readonly GraphNode[],
  arcs: readonly GraphEdge[],
  nodes: readonly GraphNode[],
): Map<string, Set<string>> {
  const jobs = new Set(steps.map(({ job_id }) => String(job_id)));
  const jobOf = new Map(nodes.map(({ id, job_id }) => [id, String(job_id)]));
  const writers = new Map<string, Set<string>>();
  for (const { from, to, type } of arcs) {
    if (type === 'write') join(writers, to, jobOf.get(from));
  }
  const before = new Map<string, Set<string>>();
  for (const { from, to, type } of arcs) {
    const reader = jobOf.get(to);
    if (type !== 'read' || reader === undefined || !jobs.has(reader)) continue;
    for (const writer of writers.get(from) ?? []) {
      if (writer !== reader && jobs.has(writer)) join(before, reader, writer);
    }
  }
  return before;
}

function join(sets: Map<string, Set<string>>, key: string, value: string | undefined): void {
  if (value === undefined) return;
  const set = sets.get(key) ?? new Set();
  set.add(value);
  sets.set(key, set);
}
