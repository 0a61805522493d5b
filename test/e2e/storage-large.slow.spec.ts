import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { CommandsClient } from '../../src/messaging/index.js';
import { Command, type Result } from '../../src/protocol/index.js';
import { differenceOf } from '../support/bytes.js';
import { makeContainer, startWholeService } from '../support/service.js';

const PATIENCE_MS = 60_000;

let service: RunningService;
beforeAll(async () => {
  service = await startWholeService();
});
afterAll(() => service.close());

const send = (action: string, payload: Record<string, unknown>): Promise<Result | undefined> =>
  service.app
    .get(CommandsClient)
    .request(new Command({ type: 'storage', action, payload }), PATIENCE_MS);

describe('Storage Commands', () => {
  it('carry 12 MiB there and back by claim-check, in parts', async () => {
    const place = { container: await makeContainer(service), path: 'large' };
    const body = Buffer.alloc(12 * 1024 * 1024, 'abcdefg').toString('base64');
    await send('put_object', { ...place, body_base64: body });
    const result = await send('get_object', place);
    const there = String(result?.data?.['body_base64']);
    expect(differenceOf(Buffer.from(there), Buffer.from(body))).toBe('none');
  });

  it('give an object that is too large for any Result as a URL', async () => {
    const container = await makeContainer(service);
    const Body = Buffer.alloc(33 * 1024 * 1024, 'abc');
    await new Upload({
      client: service.aws.s3,
      params: { Bucket: container, Key: 'big', Body },
    }).done();
    const result = await send('get_object', { container, path: 'big' });
    expect(result?.data).toMatchObject({ body_base64: null, size: Body.length, truncated: true });
    expect(result?.inputs).toHaveLength(1);
    const answer = await fetch(String(result?.data?.['url']));
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(differenceOf(bytes, Body)).toBe('none');
  });
});
