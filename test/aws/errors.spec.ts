import { describe, expect, it } from '@jest/globals';
import { isTransient } from '../../src/aws/index.js';
import { kindsOf, type Kind } from './support/kinds.js';

const service = (name: string, httpStatusCode = 400, more: object = {}): Error =>
  Object.assign(new Error(name), {
    name,
    $metadata: { httpStatusCode },
    $fault: 'client',
    ...more,
  });
const system = (code: string): Error => Object.assign(new Error(code), { code });
const caused = (cause: unknown): Error => new Error('wrapped', { cause });

describe('the kind of an AWS error', () => {
  it.each<[string, unknown, Kind[]]>([
    ['a throttled call', service('ThrottlingException'), ['isThrottling']],
    ['a throttled query of SQS, although 403', service('RequestThrottled', 403), ['isThrottling']],
    ['too many requests by status', service('Odd', 429), ['isThrottling']],
    [
      'a call marked as throttled',
      service('Odd', 400, { $retryable: { throttling: true } }),
      ['isThrottling'],
    ],
    ['S3 slowing us down', service('SlowDown', 503), ['isThrottling', 'isServerFault']],
    ['KMS throttling', service('KmsThrottled'), ['isThrottling']],
    ['a reset connection', system('ECONNRESET'), ['isConnectionLoss']],
    ['an unknown host', system('ENOTFOUND'), ['isConnectionLoss']],
    ['a reset deep in the causes', caused(caused(system('EPIPE'))), ['isConnectionLoss']],
    ['an SDK time-out', { name: 'TimeoutError', $metadata: {} }, ['isConnectionLoss']],
    [
      'a fault of the service',
      service('InternalFailure', 500, { $fault: 'server' }),
      ['isServerFault'],
    ],
    ['a bad gateway', service('Unknown', 502), ['isServerFault']],
    ['a missing queue', service('QueueDoesNotExist'), ['isNotFound']],
    ['a missing object by HEAD', service('NotFound', 404), ['isNotFound']],
    ['a forbidden call', service('AccessDenied', 403), ['isAccessDenied']],
    ['a forbidden HEAD', service('Unknown', 403), ['isAccessDenied']],
    [
      'missing credentials',
      Object.assign(new Error(), { name: 'CredentialsProviderError' }),
      ['isAccessDenied'],
    ],
    ['a disabled key', service('KmsDisabled'), ['isKmsFault']],
    ['a wrong argument', service('InvalidParameterValue'), []],
    ['a time-out of somebody else', Object.assign(new Error(), { name: 'TimeoutError' }), []],
    ["Nest's own NotFoundException", Object.assign(new Error(), { name: 'NotFoundException' }), []],
    ['a file that is not there', system('ENOENT'), []],
    ['nothing', undefined, []],
    ['null', null, []],
    ['a text', 'ECONNRESET', []],
    ['an object with odd fields', { name: 5, $metadata: 'x', code: {} }, []],
  ])('is told of %s', (_name, error, expected) => {
    expect(kindsOf(error)).toEqual(expected);
  });

  it('is transient for throttling, lost connections and server faults, and for nothing else', () => {
    const transient = [service('Throttling'), system('ECONNRESET'), service('InternalError', 500)];
    const lasting = [service('AccessDenied', 403), new Error('no')];
    expect([...transient, ...lasting].filter(isTransient)).toEqual(transient);
  });

  it('is found also where causes form a circle', () => {
    const first = new Error('first');
    const second = new Error('second', { cause: first });
    first.cause = second;
    expect(kindsOf(first)).toEqual([]);
  });
});
