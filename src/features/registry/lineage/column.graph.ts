import type { JsonObject } from '../../../protocol/index.js';
import type { EdgeDocument } from './edge.document.js';
import type { EdgesRepository } from './edges.repository.js';
import type { GraphQuestion } from './graph.js';
import { MAX_COLUMNS } from './lineage.constants.js';

interface Place {
  readonly location: string;
  readonly column: string;
}

interface ColumnQuestion extends GraphQuestion {
  readonly column: string;
}

/** A column that a step made from another one. */
interface ColumnEdge {
  readonly from: Place;
  readonly to: Place;
  readonly step_id: string;
  readonly transformation: string | null;
  readonly type: string | null;
  readonly subtype: string | null;
}

/** The columns a column is made from, and those made from it, up to the requested depth. */
export async function columnGraph(
  edges: EdgesRepository,
  question: ColumnQuestion,
): Promise<JsonObject> {
  const { direction } = question;
  const none: Found = { edges: [], truncated: false };
  const up = direction === 'consumers' ? none : await follow(edges, question, upstream);
  const down = direction === 'producers' ? none : await follow(edges, question, downstream);
  return {
    column: question.column,
    upstream: up.edges,
    downstream: down.edges,
    truncated: up.truncated || down.truncated,
  };
}

interface Found {
  readonly edges: ColumnEdge[];
  readonly truncated: boolean;
}

type Step = (
  edges: EdgesRepository,
  places: readonly Place[],
  question: ColumnQuestion,
) => Promise<{ readonly edges: ColumnEdge[]; readonly next: Place[] }>;

async function follow(
  edges: EdgesRepository,
  question: ColumnQuestion,
  step: Step,
): Promise<Found> {
  const found: ColumnEdge[] = [];
  let places: Place[] = [{ location: question.location, column: question.column }];
  const met = new Set(places.map(nameOf));
  for (let layer = 0; layer < question.depth && places.length > 0; layer++) {
    const { edges: more, next } = await step(edges, places, question);
    found.push(...more);
    if (found.length > MAX_COLUMNS) return { edges: found.slice(0, MAX_COLUMNS), truncated: true };
    places = next.filter((place) => !met.has(nameOf(place)));
    for (const place of places) met.add(nameOf(place));
  }
  return { edges: found, truncated: false };
}

async function upstream(
  edges: EdgesRepository,
  places: readonly Place[],
  { scope }: ColumnQuestion,
): ReturnType<Step> {
  const wanted = new Set(places.map(nameOf));
  const locations = [...new Set(places.map(({ location }) => location))];
  const writes = await edges.atLocations(locations, 'write', scope);
  const made = writes.flatMap(columnEdges).filter(({ to }) => wanted.has(nameOf(to)));
  return { edges: distinct(made), next: made.map(({ from }) => from) };
}

async function downstream(
  edges: EdgesRepository,
  places: readonly Place[],
  { scope }: ColumnQuestion,
): ReturnType<Step> {
  const wanted = new Set(places.map(nameOf));
  const locations = [...new Set(places.map(({ location }) => location))];
  const reads = await edges.atLocations(locations, 'read', scope);
  const steps = [...new Set(reads.map(({ step_id }) => step_id))];
  const writes = await edges.ofSteps(steps, 'write', scope);
  const made = writes.flatMap(columnEdges).filter(({ from }) => wanted.has(nameOf(from)));
  return { edges: distinct(made), next: made.map(({ to }) => to) };
}

function columnEdges({ columns = [], location, step_id }: EdgeDocument): ColumnEdge[] {
  return columns.flatMap(({ name, transformation = null, inputs }) =>
    inputs.map(({ location: source, column, type = null, subtype = null }) => ({
      from: { location: source, column },
      to: { location, column: name },
      step_id,
      transformation,
      type,
      subtype,
    })),
  );
}

/** Runs of one pipeline repeat the same edges, so only the newest run is kept. */
function distinct(edges: readonly ColumnEdge[]): ColumnEdge[] {
  const byEnds = new Map<string, ColumnEdge>();
  for (const edge of edges) {
    const name = `${nameOf(edge.from)}\0${nameOf(edge.to)}`;
    if (!byEnds.has(name)) byEnds.set(name, edge);
  }
  return [...byEnds.values()];
}

const nameOf = ({ location, column }: Place): string => JSON.stringify([location, column]);
