import { describe, expect, it } from '@jest/globals';
import { HOOKS, start, startWith, WITHOUT_DUCKDB } from './main.fixture.js';

describe('The process', () => {
  it('refuses a folder or a port that another process has, in one clear line', async () => {
    const first = start();
    const { port } = new URL(await first.url());
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.err).toMatch(/^The data folder .* is in use by process \d+\./);
    const third = start({ WEFT_DATA_DIR: ':memory:', PORT: port });
    expect(await third.ended).toBe(1);
    expect(third.err).toMatch(/^listen EADDRINUSE.*Set PORT to a free port, or to 0\n$/);
  });

  it('says what to install where it consumes queries and DuckDB is missing, and does without it elsewhere', async () => {
    const hooks = [...HOOKS, ...WITHOUT_DUCKDB];
    const main = startWith(hooks, { WEFT_DATA_DIR: ':memory:' });
    expect(await main.ended).toBe(1);
    expect(main.err).toContain(
      'Queries run on duckdb, and @duckdb/node-api is not installed. Install it (npm install @duckdb/node-api), choose another QUERY_ENGINE, or leave query out of WEFT_CONSUME.',
    );
    expect(main.err).not.toMatch(/\n\s+at /);
    const other = startWith(hooks, { WEFT_DATA_DIR: ':memory:', WEFT_CONSUME: 'storage' });
    expect((await fetch(`${await other.url()}/health/ready`)).status).toBe(200);
  });
});
