import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { formatPointer, parsePointer } from '../../../src/transport/codec/claim-check.js';

const text = fc.string({ unit: 'binary', minLength: 1 });

describe('a claim-check', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(text, text, (bucket, key) => {
        expect(parsePointer(formatPointer({ bucket, key }))).toEqual({ bucket, key });
      }),
    );
  });

  it('is written as the AWS extended clients write it', () => {
    expect(formatPointer({ bucket: 'b', key: 'k' })).toBe(
      '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b","s3Key":"k"}]',
    );
  });

  it.each([
    '["com.amazon.sqs.javamessaging.MessageS3Pointer",{"s3BucketName":"b","s3Key":"k"}]',
    '["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "b", "s3Key": "k"}]',
    ' [ "software.amazon.payloadoffloading.PayloadS3Pointer" , {"s3Key":"k","s3BucketName":"b","more":1} ] ',
  ])('is read as others write it: %s', (body) => {
    expect(parsePointer(body)).toEqual({ bucket: 'b', key: 'k' });
  });

  const start = '["software.amazon.payloadoffloading.PayloadS3Pointer"';
  it.each([
    `${start}]`,
    `${start},null]`,
    `${start},[]]`,
    `${start},{}]`,
    `${start},{"s3BucketName":"b"}]`,
    `${start},{"s3BucketName":5,"s3Key":"k"}]`,
    `${start},{"s3BucketName":"b","s3Key":["k"]}]`,
    `${start},{"s3BucketName":"","s3Key":"k"}]`,
    `${start},{"s3BucketName":"b","s3Key":""}]`,
    `${start},{"s3BucketName":"b","s3Key":"k"},1]`,
    `${start},{"s3BucketName":"b","s3Key":"k"}`,
    '["software.amazon.payloadoffloading.PayloadS3PointerX",{"s3BucketName":"b","s3Key":"k"}]',
    '["other.Class",{"s3BucketName":"b","s3Key":"k"}]',
    '{"s3BucketName":"b","s3Key":"k"}',
    '',
  ])('is not seen in %s', (body) => {
    expect(parsePointer(body)).toBeUndefined();
  });

  it('is not seen in any other message', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (body) => {
        expect(parsePointer(body)).toBeUndefined();
      }),
    );
  });
});
