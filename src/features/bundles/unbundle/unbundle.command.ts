import type { Command } from 'commander';
import { EXIT, type CliContext, type StackOptions } from '../../../platform/cli/index.js';
import { oneLine } from '../../../transport/observing/log-text.js';
import type { BundledObject, ObjectIdentity, RefusedObject } from '../archive/manifest.js';
import { isS3Location } from './bundle-source.js';
import type { Unbundled } from './unbundle.js';

interface Options {
  readonly list?: boolean;
  readonly only?: string;
  readonly to?: string;
}

/** The command opens no documents, handles no messages and serves no HTTP, so those settings are not required. */
const OF_AWS: StackOptions = { requires: ['AWS_REGION'] };

/** `weft unbundle`. */
export function registerUnbundleCommand(weft: Command, context: CliContext): void {
  weft
    .command('unbundle')
    .description('list, verify or extract a bundle; exit code 3 if any part is damaged')
    .argument('<bundle>', 's3://bucket/key, or a file')
    .option('--list', 'list its objects, and those refused with the reason; reads no object')
    .option('--only <path>', 'only one object, by its name in the bundle or its key')
    .option('--to <dir>', 'extract into this folder; never replaces a file')
    .option('--json', 'print JSON')
    .action(async (location: string, options: Options) => {
      const { unbundle } = await import('./unbundle.js');
      const found = isS3Location(location)
        ? await context.withStack(
            ({ aws }) => unbundle(location, { ...options, s3: () => aws.s3 }),
            OF_AWS,
          )
        : await unbundle(location, { ...options, s3: noS3 });
      context.print({ json: found, text: textOf(found, options) });
      if (found.faults.length > 0) context.exit(EXIT.found);
    });
}

function noS3(): never {
  throw new Error('A file needs no S3');
}

function textOf(found: Unbundled, { list = false, to }: Options): string {
  if (list) return [...found.objects.map(lineOf), ...found.refused.map(refusalOf)].join('\n');
  const what = to === undefined ? 'intact' : `extracted to ${to}, every hash as in the manifest`;
  return [
    `${found.done} of ${found.objects.length} objects ${what}`,
    ...found.faults.map(oneLine),
  ].join('\n');
}

const lineOf = ({ sha256, size, name, ...object }: BundledObject): string =>
  `${oneLine(sha256)}  ${String(size).padStart(12)}  ${JSON.stringify(name)}  ${placeOf(object)}`;

const refusalOf = ({ reason, ...object }: RefusedObject): string =>
  `refused: ${placeOf(object)} ${oneLine(reason)}`;

/** The manifest is not trusted, so line breaks and broken characters are escaped. */
const placeOf = ({ bucket, key }: ObjectIdentity): string =>
  `s3://${oneLine(bucket)}/${encodeURI(key.toWellFormed())}`;
