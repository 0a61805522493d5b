/** What a stored object may be read as. */
export const SOURCE_FORMATS = ['csv', 'json', 'parquet'] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];
