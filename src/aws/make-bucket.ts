/** Makes a bucket where there is none of the name. Only the embedded stack has one: on AWS a bucket is somebody's decision. */
export type MakeBucket = (name: string) => void;

/** Injection token of `MakeBucket`; optional. */
export const MAKE_BUCKET = Symbol('MAKE_BUCKET');
