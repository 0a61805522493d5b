import { describe, expect, it } from '@jest/globals';
import { BadRequestException, ForbiddenException, NotFoundException } from '@nestjs/common';
import { problemOf } from '../../../src/platform/http/index.js';
import {
  MessageTooLargeError,
  PermanentError,
  RequestTimeoutError,
  RetryableError,
  ValidationFailedError,
} from '../../../src/transport/errors/index.js';

describe('A problem', () => {
  it('names each field of a validation error', () => {
    const errors = [{ field: 'a', message: 'must be b' }];
    expect(problemOf(new ValidationFailedError('a must be b', errors))).toEqual({
      type: expect.stringMatching(/^\/api\/errors#/),
      title: 'Bad Request',
      status: 400,
      detail: 'a must be b',
      errors,
    });
  });

  it('names at most a hundred', () => {
    const errors = Array.from({ length: 1000 }, (_, i) => ({ field: String(i), message: 'x' }));
    expect(problemOf(new ValidationFailedError('x', errors)).errors).toHaveLength(100);
  });

  it.each([
    [new PermanentError('no'), 400, 'no'],
    [new MessageTooLargeError('too large'), 413, 'too large'],
    [new RequestTimeoutError('late'), 504, 'late'],
    [new NotFoundException('none such'), 404, 'none such'],
    [new ForbiddenException(), 403, 'Forbidden'],
    [new BadRequestException(['a', 'b']), 400, 'a; b'],
  ])('takes status and text of what was meant for the caller: %s', (error, status, detail) => {
    expect(problemOf(error)).toMatchObject({ status, detail });
  });

  it.each([
    [new RetryableError('mongodb://user:secret@host'), 503],
    [new Error('at /home/me/secret.js'), 500],
    [new TypeError('secret'), 500],
    ['secret', 500],
    [undefined, 500],
  ])('reveals nothing of what happened inside: %s', (error, status) => {
    const problem = problemOf(error);
    expect(problem.status).toBe(status);
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});
