import type { JsonObject } from '../../../../protocol/index.js';
import type { ReadEvent } from './read-event.js';

/** The facets of one run's events besides its data; later ones replace earlier ones. */
export function joinedFacets(events: readonly ReadEvent[]): JsonObject {
  // Maps, because copying at each event would take time that grows with the square of their number.
  const run = new Map<string, unknown>();
  const ofJob = new Map<string, unknown>();
  const said = new Map<string, unknown>();
  for (const { runFacets, jobFacets, producer, job } of events) {
    for (const [name, facet] of Object.entries(runFacets)) run.set(name, facet);
    for (const [name, facet] of Object.entries(jobFacets)) ofJob.set(name, facet);
    for (const [name, text] of Object.entries({ producer, ...job })) said.set(name, text);
  }
  const groups = { run: Object.fromEntries(run), job: Object.fromEntries(ofJob) };
  return { ...groups, ...Object.fromEntries(said) };
}
