import { describe, expect, it } from '@jest/globals';
import { start } from './main.fixture.js';

describe('The process', () => {
  it('says first which stack it works on and why, then where it listens, and drains on SIGTERM', async () => {
    const main = start();
    const url = await main.url();
    expect(main.lines()[0]?.msg).toBe(
      'Stack: embedded, because neither NODE_ENV=production nor AWS_ENDPOINT_URL is set',
    );
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    main.child.kill('SIGTERM');
    expect(await main.ended).toBe(0);
    expect(
      main
        .lines()
        .map(({ msg }) => msg)
        .slice(-2),
    ).toEqual(['SIGTERM: draining', 'Stopped']);
    expect(main.err).toBe('');
  });

  it('consumes the queues of --handler alone, whatever WEFT_CONSUME says', async () => {
    const env = { WEFT_DATA_DIR: ':memory:', WEFT_CONSUME: 'sessions' };
    const url = await start(env, '--handler', 'storage', 'results').url();
    const answer = await fetch(`${url}/health/ready`);
    const { info } = (await answer.json()) as { info: { queues: { queues: object } } };
    expect(Object.keys(info.queues.queues)).toEqual([
      'pudato-storage-queue',
      'pudato-results-queue',
    ]);
  });

  it('names every fault of its settings at once, without secrets, and ends with 1', async () => {
    const main = start({ PORT: 'many', WEFT_STACK: 'cloud', WEFT_API_KEYS: 'short-secret' });
    expect(await main.ended).toBe(1);
    for (const variable of ['PORT', 'WEFT_STACK', 'WEFT_API_KEYS']) {
      expect(main.err).toContain(variable);
    }
    expect(main.err).not.toContain('short-secret');
    expect(main.err).not.toMatch(/\n\s+at /);
  });
});
