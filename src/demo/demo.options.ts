import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Folder whose files are stored. */
  readonly input: string;
  /** Whether the service keeps running afterwards. */
  readonly keep: boolean;
}

/** The default input: this repository. */
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

export const USAGE = `Usage: npm run demo -- [--input DIR] [--keep] [--help]

Starts the service, stores every file of a folder by Commands through SNS and
SQS, follows the Results into the registry, reads every object back and
compares its bytes, loads a list of them into DuckDB, builds two models over it
(by dbt where there is one) and asks for a row, then shows lineage, feedback,
metadata and event streams.
Ends with exit code 0 only if all of it was confirmed by reading it back.

  --input DIR  the folder to store; default: this repository's own files.
               Hidden files, node_modules and dist are left out.
  --keep       leave the service running afterwards and print its addresses
  --help       show this

Settings are those of the service (.env.example). Unless they say otherwise it
runs on the embedded stack and keeps its data in .weft; a run that was killed
is taken up again by the next one over the same folder and input.
`;

/**
 * @returns undefined if help is requested.
 * @throws {TypeError} naming an option that does not exist.
 */
export function readDemoOptions(args: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      input: { type: 'string', default: REPOSITORY },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values.help ? undefined : { input: values.input, keep: values.keep };
}
