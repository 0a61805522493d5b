import {
  invalidFieldsError,
  isJsonObject,
  MAX_LOCATION_LENGTH,
  MAX_NAME_LENGTH,
  MAX_REFERENCES,
  normalizeTime,
  type JsonObject,
} from '../../../../protocol/index.js';
import { MAX_ERROR_TEXT_LENGTH } from '../../registry.constants.js';
import { COLUMN_LINEAGE } from '../column.records.js';
import type { EdgeColumn } from '../edge.document.js';
import { locationOf } from './datasets.js';

export interface ReadJob {
  readonly namespace: string;
  readonly name: string;
}

/** A dataset of an event: its location and the facets that are kept. */
export interface ReadDataset {
  readonly location: string;
  readonly metadata: JsonObject;
}

/** An event in the registry's terms. */
export interface ReadEvent {
  /** Absent in an event of a dataset alone. */
  readonly job: ReadJob | undefined;
  /** Absent in an event of a job or a dataset alone. */
  readonly runId: string | undefined;
  readonly eventType: string | undefined;
  readonly eventTime: string;
  readonly producer: string;
  readonly parent: { readonly runId: string; readonly job: ReadJob } | undefined;
  readonly error: string | undefined;
  readonly inputs: readonly ReadDataset[];
  readonly outputs: readonly ReadDataset[];
  readonly runFacets: JsonObject;
  readonly jobFacets: JsonObject;
}

/**
 * Reads a RunEvent, JobEvent or DatasetEvent of any producer. Unknown facets are kept. Malformed parts are dropped,
 * except those that identify the event, which are refused.
 *
 * @throws {ValidationFailedError} naming the field.
 */
export function readEvent(value: unknown): ReadEvent {
  if (!isJsonObject(value)) throw fault('event', 'must be an OpenLineage event');
  const { job, run, dataset } = value;
  if (!isJsonObject(job) && !isJsonObject(dataset)) throw fault('job', 'is required');
  const jobFacets = objectOf(objectOf(job)['facets']);
  const runFacets = objectOf(objectOf(run)['facets']);
  const inputs = datasetsOf(value['inputs'], 'inputs');
  const outputs = datasetsOf(isJsonObject(dataset) ? [dataset] : value['outputs'], 'outputs');
  const traced = lineageOf(jobFacets, outputs);
  const message: unknown = objectOf(runFacets['errorMessage'])['message'];
  return {
    job: isJsonObject(job) ? jobOf(job, 'job') : undefined,
    runId: isJsonObject(run) ? text(run['runId'], 'run.runId', MAX_RUN_ID_LENGTH) : undefined,
    eventType:
      typeof value['eventType'] === 'string' ? value['eventType'].toUpperCase() : undefined,
    eventTime: time(value['eventTime']),
    producer: typeof value['producer'] === 'string' ? value['producer'] : '',
    parent: parentOf(runFacets['parent']),
    error: typeof message === 'string' ? message.slice(0, MAX_ERROR_TEXT_LENGTH) : undefined,
    inputs: merged([...inputs, ...traced.inputs]),
    outputs: merged([...outputs, ...traced.outputs]),
    runFacets,
    jobFacets,
  };
}

const MAX_RUN_ID_LENGTH = 200;

/** The root of a tree of runs if it is named, so that the whole tree is one job. */
function parentOf(facet: unknown): ReadEvent['parent'] {
  const parent = objectOf(facet);
  const { run, job } = isJsonObject(parent['root']) ? parent['root'] : parent;
  if (!isJsonObject(run) || !isJsonObject(job)) return undefined;
  const { runId } = run;
  if (typeof runId !== 'string' || runId === '' || runId.length > MAX_RUN_ID_LENGTH)
    return undefined;
  return { runId, job: jobOf(job, 'run.facets.parent.job') };
}

function jobOf({ namespace, name }: JsonObject, field: string): ReadJob {
  return {
    namespace: text(namespace, `${field}.namespace`, MAX_LOCATION_LENGTH).slice(0, MAX_NAME_LENGTH),
    name: text(name, `${field}.name`, MAX_LOCATION_LENGTH).slice(0, MAX_NAME_LENGTH),
  };
}

function datasetsOf(value: unknown, field: string): ReadDataset[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw fault(field, 'must be a list');
  if (value.length > MAX_REFERENCES)
    throw fault(field, `must have at most ${MAX_REFERENCES} entries`);
  return value.flatMap((dataset: unknown, index) => {
    if (!isJsonObject(dataset)) throw fault(`${field}.${index}`, 'must be a dataset');
    return datasetOf(dataset, `${field}.${index}`);
  });
}

function datasetOf(dataset: JsonObject, field: string): ReadDataset[] {
  const location = locationIn(dataset);
  if (location === undefined) throw fault(field, 'must have a namespace and a name');
  const facets = { ...objectOf(dataset['facets']) };
  const columns = [
    ...columnLineage(facets['columnLineage']),
    ...fieldsOf(objectOf(facets['lineage'])['fields']),
  ];
  const counted = { ...objectOf(dataset['inputFacets']), ...objectOf(dataset['outputFacets']) };
  const kept = { ...facets, ...counted };
  return [
    {
      location,
      metadata: {
        ...(Object.keys(kept).length > 0 && { facets: kept }),
        ...(columns.length > 0 && { [COLUMN_LINEAGE]: columns }),
      },
    },
  ];
}

/** https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json */
function columnLineage(facet: unknown): EdgeColumn[] {
  return Object.entries(objectOf(objectOf(facet)['fields'])).flatMap(([name, field]) => {
    const { inputFields, transformationDescription: described } = objectOf(field);
    return [
      {
        name,
        ...(typeof described === 'string' && described !== '' && { transformation: described }),
        inputs: listOf(inputFields).flatMap(columnInput),
      },
    ];
  });
}

/** https://openlineage.io/spec/facets/1-0-0/LineageFacet.json */
function fieldsOf(fields: unknown): EdgeColumn[] {
  return Object.entries(objectOf(fields)).map(([name, field]) => ({
    name,
    inputs: listOf(objectOf(field)['inputs']).flatMap(columnInput),
  }));
}

function columnInput(input: unknown): EdgeColumn['inputs'] {
  if (!isJsonObject(input)) return [];
  const location = locationIn(input);
  const { field } = input;
  if (location === undefined || typeof field !== 'string') return [];
  const [first] = listOf(input['transformations']);
  const { type, subtype } = objectOf(first);
  return [
    {
      location,
      column: field,
      ...(typeof type === 'string' && { type }),
      ...(typeof subtype === 'string' && { subtype }),
    },
  ];
}

/** The datasets and edges that the lineage facets of a job and of its outputs add. */
function lineageOf(
  jobFacets: JsonObject,
  outputs: readonly ReadDataset[],
): { inputs: ReadDataset[]; outputs: ReadDataset[] } {
  const inputs: ReadDataset[] = [];
  const written: ReadDataset[] = [];
  for (const { metadata } of outputs) {
    const facet = objectOf(objectOf(metadata['facets'])['lineage']);
    inputs.push(...inputsOf(facet));
  }
  for (const entry of listOf(objectOf(jobFacets['lineage'])['entries'])) {
    const read = objectOf(entry);
    inputs.push(...inputsOf(read));
    const location = read['type'] === 'DATASET' ? locationIn(read) : undefined;
    if (location === undefined) continue;
    const columns = fieldsOf(read['fields']);
    written.push({ location, metadata: columns.length > 0 ? { [COLUMN_LINEAGE]: columns } : {} });
  }
  return { inputs, outputs: written };
}

/** Datasets that an entry of a lineage facet reads, as a whole or by columns. */
function inputsOf(entry: JsonObject): ReadDataset[] {
  const byField = Object.values(objectOf(entry['fields'])).flatMap((field) =>
    listOf(objectOf(field)['inputs']),
  );
  return [...listOf(entry['inputs']), ...byField].flatMap((input) => {
    if (!isJsonObject(input) || input['type'] === 'JOB') return [];
    const location = locationIn(input);
    return location === undefined ? [] : [{ location, metadata: {} }];
  });
}

function locationIn({ namespace, name }: JsonObject): string | undefined {
  if (typeof namespace !== 'string' || typeof name !== 'string' || name === '') return undefined;
  const location = locationOf({ namespace, name });
  return location.length > MAX_LOCATION_LENGTH ? undefined : location;
}

/** Merges datasets of the same location; later facts are added. */
export function merged(datasets: readonly ReadDataset[]): ReadDataset[] {
  const byLocation = new Map<string, ReadDataset>();
  for (const { location, metadata } of datasets) {
    const before = byLocation.get(location)?.metadata ?? {};
    const facets = { ...objectOf(before['facets']), ...objectOf(metadata['facets']) };
    byLocation.set(location, {
      location,
      metadata: {
        ...before,
        ...metadata,
        ...(Object.keys(facets).length > 0 && { facets }),
      },
    });
  }
  return [...byLocation.values()];
}

const objectOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function text(value: unknown, field: string, max: number): string {
  if (typeof value !== 'string' || value === '') throw fault(field, 'is required');
  if (value.length > max) throw fault(field, `must be at most ${max} characters long`);
  return value;
}

function time(value: unknown): string {
  const read = typeof value === 'string' ? normalizeTime(value) : undefined;
  if (read === undefined) throw fault('eventTime', 'must be an ISO 8601 time with an offset');
  return read;
}

const fault = (field: string, message: string) => invalidFieldsError([{ field, message }]);
