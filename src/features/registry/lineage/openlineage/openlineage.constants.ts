/** The producer in our events; events with it are not ingested. */
export const PRODUCER = 'urn:weft:registry';
/** The namespace of locations without one. */
export const WEFT_NAMESPACE = 'weft';

const SPEC = 'https://openlineage.io/spec';
export const RUN_EVENT_SCHEMA = `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`;
export const facetSchema = (name: string, version: string): string =>
  `${SPEC}/facets/${version}/${name}.json#/$defs/${name}`;

/** The kinds of outbox entries: one for the topic and one for the endpoint, so that neither delays the other. */
export const TO_TOPIC_KIND = 'registry.openlineage';
export const TO_ENDPOINT_KIND = 'registry.openlineage_http';

export const OPENLINEAGE_PATTERN = 'openlineage.run_event';

/** Maximum inputs, and outputs, in one published event, within SNS's size limit. */
export const MAX_DATASETS_OUT = 500;
/** Characters of SQL, and of an error, in an event. */
export const MAX_TEXT_LENGTH = 32_768;

/** Events in one request. */
export const MAX_EVENTS_IN = 1_000;
/** Bytes of facets kept with one run; further ones are dropped. */
export const MAX_FACET_BYTES = 262_144;
/**
 * Maximum inputs, and outputs, of one run; further ones are dropped, because every event of a run reads and writes all
 * of them.
 */
export const MAX_DATASETS_OF_A_RUN = 10_000;
/** Maximum bytes of their metadata, for inputs and for outputs: a MongoDB document has at most 16 MiB. */
export const MAX_DATASET_BYTES = 4_194_304;
/** Attempts to update a run that other writers update at the same time. */
export const MAX_INGEST_ATTEMPTS = 20;
/** `handler_type` of a step created by an event. */
export const OPENLINEAGE_HANDLER = 'openlineage';
