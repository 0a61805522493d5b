import { SQSClient, type Message } from '@aws-sdk/client-sqs';
import { Readable } from 'node:stream';

export interface SqsCall {
  readonly action: string;
  readonly input: Record<string, unknown>;
}

/** An error as SQS answers it. */
export class SqsFault extends Error {
  constructor(
    readonly code: string,
    readonly statusCode = 400,
  ) {
    super(code);
  }
}

/** The SDK's own client, whose requests end in a function of the test. A Buffer is answered as it is. */
export function fakeSqs(answer: (call: SqsCall) => object | Promise<object>): {
  sqs: SQSClient;
  calls: SqsCall[];
} {
  const calls: SqsCall[] = [];
  const handle = async (request: { headers: Record<string, string>; body: Uint8Array }) => {
    const call = {
      action: (request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', ''),
      input: JSON.parse(Buffer.concat([request.body]).toString()) as Record<string, unknown>,
    };
    calls.push(call);
    const [statusCode, body] = await Promise.resolve(call)
      .then(answer)
      .then(
        (value) => [200, value] as const,
        (error: unknown) =>
          error instanceof SqsFault
            ? ([error.statusCode, { __type: error.code }] as const)
            : Promise.reject(error),
      );
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    const text = Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return { response: { statusCode, headers, body: Readable.from([text]) } };
  };
  const sqs = new SQSClient({
    region: 'eu-west-1',
    endpoint: 'http://localhost',
    maxAttempts: 1,
    md5: false,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: { handle },
  });
  return { sqs, calls };
}

/** Every message and every entry of a batch taken. */
export const takeAll = ({ input }: SqsCall): object => ({
  MessageId: 'taken',
  Successful: ((input['Entries'] ?? []) as { Id: string }[]).map(({ Id }) => ({ Id })),
});

/** A message as SQS hands it out. */
export const message = (
  id: string,
  attributes: Record<string, string> = {},
  parts: Partial<Message> = {},
): Message => ({
  MessageId: id,
  ReceiptHandle: `${id}-handle`,
  Body: '{}',
  Attributes: attributes,
  ...parts,
});
