import { mkdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { explain } from '../../src/app/explain.js';
import { StoreUnavailableError } from '../../src/platform/persistence/index.js';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
  code: 'ECONNREFUSED',
});

describe('an error of a command, as the terminal shows it', () => {
  it('names the remedy where AWS cannot be reached', () => {
    expect(explain(refused)).toBe(
      'AWS cannot be reached: connect ECONNREFUSED 127.0.0.1:1. Check AWS_REGION and AWS_ENDPOINT_URL, and the route out of this network and its DNS',
    );
  });

  it('names the remedy where AWS refuses the credentials', () => {
    const denied = Object.assign(new Error('The security token is invalid.'), {
      name: 'UnrecognizedClientException',
    });
    expect(explain(denied)).toBe(
      'AWS refused a call: UnrecognizedClientException: The security token is invalid. Check the credentials and their policies; "weft doctor" names each right that is missing',
    );
  });

  it('does not take documents that cannot be reached for AWS', () => {
    const error = new StoreUnavailableError('MongoDB cannot be reached (jobs)', refused);
    expect(explain(error)).toBe('MongoDB cannot be reached (jobs)');
  });

  it('shows the path of a file that cannot be used, and no stack', () => {
    let error: unknown;
    try {
      mkdirSync('/dev/null/schemas');
    } catch (thrown) {
      error = thrown;
    }
    expect(explain(error)).toBe("ENOTDIR: not a directory, mkdir '/dev/null/schemas'");
  });

  it('shows the stack of any other error, which is a fault of this program', () => {
    expect(explain(new TypeError('x is not a function'))).toContain('explain.spec');
  });
});
