import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadServiceSettings, SETTING_DESCRIPTIONS } from '../../src/app/service-settings.js';

interface Service {
  image?: string;
  build?: { context: string; target: string };
  ports: string[];
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
}

const text = (name: string): string =>
  readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const { services }: { services: Record<string, Service> } = parse(text('docker-compose.yml'));
const dockerfile = text('Dockerfile');
const manifest: { devDependencies: { node: string } } = JSON.parse(text('package.json'));

describe('docker-compose.yml', () => {
  it('pins what it pulls, and waits until that is healthy', () => {
    for (const [name, tag] of [
      ['localstack', /^localstack\/localstack:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/],
      ['mongo', /^mongo:8\.\d+\.\d+@sha256:[0-9a-f]{64}$/],
    ] as const) {
      expect(services[name]?.image).toMatch(tag);
      expect(services[name]?.healthcheck?.test.length).toBeGreaterThan(1);
      expect(services['weft']?.depends_on?.[name]).toEqual({ condition: 'service_healthy' });
    }
  });

  it('opens its ports to this machine alone', () => {
    const ports = Object.values(services).flatMap((service) => service.ports);
    expect(ports).toHaveLength(3);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('builds the service from a stage of the Dockerfile, on the Node of package.json', () => {
    expect(dockerfile).toContain(` AS ${services['weft']?.build?.target}\n`);
    const nodes = [...dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)].map(([, version]) => version);
    expect(nodes).toEqual([manifest.devDependencies.node, manifest.devDependencies.node]);
  });

  it('gives the service settings it starts with', () => {
    const [, image = ''] = /^ENV (.*)$/m.exec(dockerfile) ?? [];
    const inImage = Object.fromEntries(image.split(' ').map((pair) => pair.split('=')));
    const environment = Object.entries(services['weft']?.environment ?? {}).map(([name, value]) => [
      name,
      value.replace(/^\$\{\w+:-(.*)\}$/, '$1'),
    ]);
    const env: NodeJS.ProcessEnv = { ...inImage, ...Object.fromEntries(environment) };
    expect(loadServiceSettings(env)).toMatchObject({
      stack: 'aws',
      endpoint: 'http://localstack:4566',
      http: { host: '0.0.0.0', port: 3000 },
      messaging: { provision: 'create' },
    });
    const known = [
      ...SETTING_DESCRIPTIONS.map(({ variable }) => variable),
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      // Node's own.
      'NODE_DISABLE_COMPILE_CACHE',
    ];
    expect(known).toEqual(expect.arrayContaining(Object.keys(env)));
  });
});
