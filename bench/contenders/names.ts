export const WEFT = 'Weft';
export const BARE = 'bare SDK loop';
export const NAIVE = 'naive SDK round trip';
export const SQS_CONSUMER = 'sqs-consumer';
export const NESTJS_SQS = '@ssut/nestjs-sqs';
export const TAR = 'tar | gzip';
