export const ASYNCAPI_PATH = 'api/asyncapi.json';
export const ASYNCAPI_PAGE_PATH = 'api/asyncapi';

/** The title of the service's documents. */
export const DOCUMENT_TITLE = 'Weft';
export const DOCUMENT_DESCRIPTION =
  'Topics, queues and messages of the service: each topic of SNS and each queue of SQS is a channel, each subscription a consumer of an operation.';
