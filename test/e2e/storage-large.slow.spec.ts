import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { CommandsClient } from '../../src/messaging/index.js';
import { Command } from '../../src/protocol/index.js';
import { differenceOf } from '../support/bytes.js';
import { makeContainer, startWholeService } from '../support/service.js';

const PATIENCE_MS = 60_000;

let service: RunningService;
beforeAll(async () => {
  service = await startWholeService();
});
afterAll(() => service.close());

describe('Storage Commands', () => {
  it('carry 12 MiB there and back by claim-check, in parts', async () => {
    const container = await makeContainer(service);
    const commands = service.app.get(CommandsClient);
    const body = Buffer.alloc(12 * 1024 * 1024, 'abcdefg').toString('base64');
    const send = (action: string, payload: object) =>
      commands.request(
        new Command({ type: 'storage', action, payload: { container, path: 'large', ...payload } }),
        PATIENCE_MS,
      );
    await send('put_object', { body_base64: body });
    const result = await send('get_object', {});
    const there = String(result?.data?.['body_base64']);
    expect(differenceOf(Buffer.from(there), Buffer.from(body))).toBe('none');
  });
});
