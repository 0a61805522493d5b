import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestContext } from './test.context.js';

let weft: TestContext;
let dir: string;

beforeEach(async () => {
  weft = await TestContext.start({ DBT_PROJECT_DIR: 'dbt' });
  dir = await mkdtemp(join(tmpdir(), 'weft-schemas-'));
});
afterEach(async () => {
  await weft.stop();
  await rm(dir, { recursive: true });
});

const check = async (): Promise<unknown> => {
  await weft.run('schemas', '--dir', dir, '--check');
  return { code: weft.code, json: weft.printed?.json };
};

/** Changes the committed document by replacing a text in it. */
async function change(from: string, to: string): Promise<void> {
  const file = join(dir, 'asyncapi.json');
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replaceAll(from, to));
}

describe('weft schemas', () => {
  it('writes every schema and the document, and --check finds them as the code has them', async () => {
    await weft.run('schemas', '--dir', dir);
    expect(weft.code).toBe(0);
    expect(weft.printed?.json).toMatchObject({
      written: expect.arrayContaining(['asyncapi.json', 'Command.schema.json']),
      left: [],
    });
    expect(JSON.parse(await readFile(join(dir, 'Command.schema.json'), 'utf8'))).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['type', 'action'],
    });
    expect(await check()).toEqual({ code: 0, json: { dir, breaking: [], outdated: [] } });
    expect(weft.printed?.text).toBe(`${dir} is as the code has it.`);
  });

  it('--check names each breaking change and ends with 3', async () => {
    await weft.run('schemas', '--dir', dir);
    // As if the committed code had taken longer paths, and had one more topic.
    await change('"maxLength": 1024', '"maxLength": 2048');
    await change('pudato-results-queue', 'pudato-outcomes-queue');
    expect(await check()).toMatchObject({
      code: 3,
      json: {
        breaking: expect.arrayContaining([
          'channel pudato-outcomes-queue was removed',
          'operation send-pudato-results-result is no longer delivered to queue pudato-outcomes-queue',
          'message storage.put_object, payload.payload.path: maxLength 2048 → 1024',
        ]),
        outdated: ['asyncapi.json'],
      },
    });
    expect(weft.printed?.text).toMatch(/^Breaking changes:\n {2}channel pudato-outcomes-queue was/);
  });

  it('--check names files that are behind, missing or no longer made, without a breaking change', async () => {
    expect(await check()).toMatchObject({ code: 3, json: { breaking: [] } });
    await weft.run('schemas', '--dir', dir);
    await change('"title": "Weft"', '"title": "Old"');
    await rm(join(dir, 'Event.schema.json'));
    await writeFile(join(dir, 'Gone.schema.json'), '{}');
    expect(await check()).toEqual({
      code: 3,
      json: {
        dir,
        breaking: [],
        outdated: ['asyncapi.json', 'Event.schema.json', 'Gone.schema.json'],
      },
    });
    await weft.run('schemas', '--dir', dir);
    expect(weft.printed?.text).toContain('Gone.schema.json is no longer made: delete it');
  });

  it('--check of a document that is no JSON fails with its name and a remedy', async () => {
    await writeFile(join(dir, 'asyncapi.json'), '{');
    await expect(weft.run('schemas', '--dir', dir, '--check')).rejects.toThrow(
      /asyncapi\.json is not JSON.*weft schemas/,
    );
  });
});
