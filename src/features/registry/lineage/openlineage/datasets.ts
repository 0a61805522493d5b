import { WEFT_NAMESPACE } from './openlineage.constants.js';

/** The name of a dataset in OpenLineage. https://openlineage.io/docs/spec/naming */
interface DatasetName {
  readonly namespace: string;
  readonly name: string;
}

const WITH_AUTHORITY = /^([a-z][a-z0-9+.-]*:\/\/[^/]+)\/(.+)$/i;

/**
 * The location of a dataset: `s3://bucket` and `a/b` are `s3://bucket/a/b`; `bigquery` and `p.d.t`
 * are `bigquery:p.d.t`; in the namespace `weft` the name is the location.
 */
export function locationOf({ namespace, name }: DatasetName): string {
  if (namespace === WEFT_NAMESPACE || namespace === '') return name;
  if (!namespace.includes('://')) return `${namespace}:${name}`;
  return `${namespace.replace(/\/+$/, '')}/${name.replace(/^\/+/, '')}`;
}

/** The dataset of a location; a location without an authority belongs to the namespace `weft`. */
export function datasetAt(location: string): DatasetName {
  const [, namespace, name] = WITH_AUTHORITY.exec(location) ?? [];
  return namespace === undefined || name === undefined
    ? { namespace: WEFT_NAMESPACE, name: location }
    : { namespace, name };
}
