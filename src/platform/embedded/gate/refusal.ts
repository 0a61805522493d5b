import type { IncomingMessage, ServerResponse } from 'node:http';

const MESSAGES = {
  ForeignOrigin:
    'The embedded stack accepts no requests of web pages, and none by a host name other than those of this machine.',
  MissingAuthenticationToken:
    'The embedded stack asks for its credentials: they are in the file "credentials" of its data folder, or in EmbeddedAws.clientOptions().',
  IncompleteSignature: 'The request is not signed as AWS asks for (Signature Version 4).',
  InvalidClientTokenId:
    'The access key is not that of the embedded stack: its credentials are in the file "credentials" of its data folder, new at each start, or in EmbeddedAws.clientOptions(); those of a TestBroker are "test" and "test".',
  SignatureDoesNotMatch: 'The request is signed with another secret, or was changed on its way.',
  AccessDenied: 'Request has expired',
} as const;

type Refusal = keyof typeof MESSAGES;

/** Answers 403 in the form the caller's SDK reads: JSON of SQS and DynamoDB, or XML of SNS and S3. */
export function refuse(request: IncomingMessage, response: ServerResponse, code: Refusal): void {
  const type = request.headers['content-type'] ?? '';
  const message = MESSAGES[code];
  response.statusCode = 403;
  response.setHeader('Connection', 'close');
  if (type.includes('x-amz-json')) {
    response.setHeader(
      'Content-Type',
      type.includes('1.1') ? 'application/x-amz-json-1.1' : 'application/x-amz-json-1.0',
    );
    response.end(JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message }));
    return;
  }
  response.setHeader('Content-Type', 'application/xml');
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  response.end(
    type.includes('x-www-form-urlencoded')
      ? `<ErrorResponse><Error><Type>Sender</Type>${error}</Error></ErrorResponse>`
      : `<?xml version="1.0" encoding="UTF-8"?><Error>${error}</Error>`,
  );
}
