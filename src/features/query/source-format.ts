/** Formats in which a stored object can be read. */
export const SOURCE_FORMATS = ['csv', 'json', 'parquet'] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];
