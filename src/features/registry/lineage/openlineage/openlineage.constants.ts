/** Who makes the events. Its own events are not taken in again. */
export const PRODUCER = 'urn:weft:registry';
/** The namespace of locations that name none of their own. */
export const WEFT_NAMESPACE = 'weft';

const SPEC = 'https://openlineage.io/spec';
export const RUN_EVENT_SCHEMA = `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`;
export const facetSchema = (name: string, version: string): string =>
  `${SPEC}/facets/${version}/${name}.json#/$defs/${name}`;

/** The kinds of outbox entries: one for the topic, one for the endpoint, so that neither waits for the other. */
export const TO_TOPIC_KIND = 'registry.openlineage';
export const TO_ENDPOINT_KIND = 'registry.openlineage_http';

export const OPENLINEAGE_PATTERN = 'openlineage.run_event';

/** Datasets in one event that goes out, each of inputs and outputs; SNS takes no more. */
export const MAX_DATASETS_OUT = 500;
/** Characters of SQL, and of an error, in an event. */
export const MAX_TEXT_LENGTH = 32_768;

/** Events in one request. */
export const MAX_EVENTS_IN = 1_000;
/** Bytes of facets that are kept with one run; those beyond are left out. */
export const MAX_FACET_BYTES = 262_144;
/** Datasets of one run, each of inputs and outputs; those beyond are left out, as every event of a run reads and writes them all. */
export const MAX_DATASETS_OF_A_RUN = 10_000;
/** Bytes of what is kept of them besides their locations, each of inputs and outputs: a document of MongoDB has 16 MiB in all. */
export const MAX_DATASET_BYTES = 4_194_304;
/** Attempts to add to a run that others add to at the same time. */
export const MAX_INGEST_ATTEMPTS = 20;
/** `handler_type` of a step that an event made. */
export const OPENLINEAGE_HANDLER = 'openlineage';
