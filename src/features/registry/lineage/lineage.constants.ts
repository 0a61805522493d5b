export const LINEAGE_DIRECTIONS = ['producers', 'consumers', 'both'] as const;

/** The kind of outbox entries that bring a step's edges up to date. */
export const LINEAGE_KIND = 'registry.lineage';
/** How long a change of a step waits for its edges, in milliseconds; after that they are updated later. */
export const EDGES_WAIT_MS = 2_000;

/** Maximum producers, and consumers, in one answer of `get_lineage`; the newest are kept. */
export const MAX_LINEAGE_STEPS = 1000;
export const MAX_LINEAGE_DEPTH = 50;
/** Maximum nodes of a graph in one answer; for more, request NDJSON over HTTP, or continue from the frontier. */
export const MAX_GRAPH_NODES = 2_000;
/** Nodes of a graph as NDJSON. */
export const MAX_STREAMED_NODES = 200_000;
/** Locations in an answer's `frontier`. */
export const MAX_FRONTIER = 1_000;
/** Edges read or written by one call of the store. */
export const EDGES_BATCH = 1_000;
/** Maximum edges of one location that a graph follows in one direction; the newest are kept. */
export const MAX_EDGES_A_LEVEL = 20_000;
/** Concurrent calls to the store that find the sources of a step's reads. */
export const SOURCES_AT_ONCE = 32;
/** Columns in an answer of column lineage. */
export const MAX_COLUMNS = 1_000;
