import type { JsonObject } from '../../../../protocol/index.js';
import { keptFacets } from './kept.facets.js';
import { MAX_DATASET_BYTES, MAX_DATASETS_OF_A_RUN } from './openlineage.constants.js';
import type { ReadDataset } from './read-event.js';

/** Limits the datasets of one run, and keeps metadata while there is room. */
export function withinBounds(datasets: readonly ReadDataset[]): ReadDataset[] {
  let room = MAX_DATASET_BYTES;
  return datasets.slice(0, MAX_DATASETS_OF_A_RUN).map(({ location, metadata }) => {
    const { facets, ...others } = metadata;
    const kept =
      facets === undefined ? {} : { facets: keptFacets(undefined, facets as JsonObject) };
    const bounded = { ...others, ...kept };
    const bytes = Buffer.byteLength(JSON.stringify(bounded));
    if (bytes > room) return { location, metadata: {} };
    room -= bytes;
    return { location, metadata: bounded };
  });
}
