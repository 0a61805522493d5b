/** Creates a bucket unless it exists. Only the embedded stack provides it: on AWS the operator creates buckets. */
export type MakeBucket = (name: string) => void;

/** Injection token of `MakeBucket`; optional. */
export const MAKE_BUCKET = Symbol('MAKE_BUCKET');
