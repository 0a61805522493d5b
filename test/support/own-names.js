// The two products of this tree by their own names, as tests, examples and benchmarks import them.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDERS = {
  'nestjs-sns-sqs': 'transport',
  'nestjs-sns-sqs/aws': 'aws',
  'nestjs-sns-sqs/codec': 'transport/codec',
  'nestjs-sns-sqs/idempotency': 'transport/idempotency',
  'nestjs-sns-sqs/lambda': 'transport/lambda',
  'nestjs-sns-sqs/pubsub': 'transport/pubsub',
  'nestjs-sns-sqs/signatures': 'transport/signatures',
  'nestjs-sns-sqs/sns-http': 'transport/sns-http',
  'nestjs-sns-sqs/testing': 'testing',
  'nestjs-sns-sqs/topology': 'transport/topology/public',
  'weft/transport/testing': 'testing',
};
const PLACES = ['', 'features/', 'platform/', 'messaging/'];
const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

/** The folder below `src` (and `dist`) whose index a name stands for; undefined: not one of ours. */
export function ownFolder(name) {
  if (FOLDERS[name] !== undefined) return FOLDERS[name];
  const part = /^weft\/(.+)$/.exec(name)?.[1];
  if (part === undefined) return undefined;
  const place = PLACES.find((folder) => existsSync(`${SOURCES}${folder}${part}/index.ts`));
  return place === undefined ? undefined : `${place}${part}`;
}

/** The folder that a script from before the sources were laid out anew means by its import. */
export function movedFolder(specifier) {
  const folder = /^(?:\.\.\/)+src\/(.+)\/index\.js$/.exec(specifier)?.[1];
  if (folder === undefined || existsSync(`${SOURCES}${folder}/index.ts`)) return undefined;
  return ownFolder(`weft/${folder}`);
}
