import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { request, startWholeService } from '../../support/service.js';
import { addressOf } from '../engine.js';
import { CLOSE_TIMEOUT_MS, closeAwake } from '../service.js';

const read = (file: string): string =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

/** The settings before `npm start` in the section of docs/running.md. */
function ofSection(heading: string): Record<string, string> {
  const [, section = ''] = read('docs/running.md').split(`## ${heading}\n`);
  const [, command = ''] = /```sh\n([^]*?)npm start/.exec(section) ?? [];
  return Object.fromEntries(
    [...command.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  );
}

function ofCompose(): Record<string, string> {
  const { services } = parse(read('docker-compose.yml')) as {
    services: { weft: { environment: Record<string, string> } };
  };
  return services.weft.environment;
}

let service: RunningService | undefined;
afterEach(async () => {
  if (service) await closeAwake(service);
  service = undefined;
}, CLOSE_TIMEOUT_MS);

describe('Service: started as documented', () => {
  for (const [what, documented] of [
    ['on LocalStack', () => ofSection('On LocalStack')],
    ['with Compose', ofCompose],
  ] as const) {
    it(`${what}, with these settings and no others`, async () => {
      const settings = documented();
      expect(Object.keys(settings)).toEqual(
        expect.arrayContaining(['AWS_ENDPOINT_URL', 'AWS_REGION', 'MONGODB_URI']),
      );
      process.env['AWS_ACCESS_KEY_ID'] = settings['AWS_ACCESS_KEY_ID'];
      process.env['AWS_SECRET_ACCESS_KEY'] = settings['AWS_SECRET_ACCESS_KEY'];
      service = await startWholeService({
        ...settings,
        // Where the engines are here.
        AWS_ENDPOINT_URL: addressOf('localstack'),
        MONGODB_URI: `${addressOf('mongo-java-server')}/documented`,
      });
      expect(await request(service, '/health/ready')).toMatchObject({ status: 200 });
    });
  }
});
