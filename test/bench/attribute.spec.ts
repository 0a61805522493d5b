import { expect, it } from '@jest/globals';
import type { Profiler } from 'node:inspector';
import { attribute } from '../../bench/profile/attribute.js';

/** Nodes in a chain of calls, each sampled for so many µs. */
function profileOf(
  ...frames: readonly (readonly [name: string, url: string, us: number])[]
): Profiler.Profile {
  return {
    nodes: frames.map(([functionName, url], at) => ({
      id: at + 1,
      callFrame: { functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0 },
      ...(at + 1 < frames.length && { children: [at + 2] }),
    })),
    samples: frames.map((_, at) => at + 1),
    timeDeltas: frames.map(([, , us]) => us),
    startTime: 0,
    endTime: 0,
  };
}

const sharesOf = (profile: Profiler.Profile) =>
  Object.fromEntries(attribute(profile).owners.map(({ name, share }) => [name, share]));

it('time goes to the owner of the function it was spent in, and waiting to nobody', () => {
  const profile = profileOf(
    ['(root)', '', 0],
    ['(idle)', '', 5000],
    ['handle', 'file:///w/dist/transport/server/reply.js', 40],
    ['send', 'file:///w/node_modules/@smithy/core/dist-cjs/index.js', 30],
    ['run', 'file:///w/node_modules/@nestjs/microservices/index.js', 10],
    ['dispatch', 'file:///w/node_modules/undici/lib/pool.js', 10],
    ['request', 'node:_http_client', 6],
    ['(garbage collector)', '', 4],
  );
  expect(sharesOf(profile)).toEqual({
    Weft: 0.4,
    'AWS SDK': 0.3,
    'Nest and RxJS': 0.1,
    undici: 0.1,
    "Node's HTTP and sockets": 0.06,
    'garbage collector': 0.04,
    other: 0,
  });
});

it('what is built into V8 counts for its caller, but JSON for itself', () => {
  const profile = profileOf(
    ['sign', 'file:///w/node_modules/@smithy/signature-v4/index.js', 10],
    ['update', '', 20],
    ['stringify', '', 70],
  );
  expect(sharesOf(profile)).toEqual({ JSON: 0.7, 'AWS SDK': 0.3 });
});

it('functions are named with their file, without the way there', () => {
  const profile = profileOf(
    ['parse', 'file:///a/b/node_modules/rxjs/of.js', 1],
    ['', 'file:///a/b/dist/aws/lazy.js', 3],
  );
  expect(attribute(profile).functions.map(({ name }) => name)).toEqual([
    '(anonymous) dist/aws/lazy.js:1',
    'parse rxjs/of.js:1',
  ]);
});
