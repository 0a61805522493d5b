import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Exit code of a command line that is wrong, as `weft` has it. */
const WRONG_ARGUMENTS = 2;

/** Prints to standard output, or with a code other than 0 to standard error, and ends the process. */
export function end(text: string, code = 0): never {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exit(code);
}

/** Ends the process because of its arguments. */
export const refuse = (reason: string): never => end(reason, WRONG_ARGUMENTS);

/**
 * Reads the arguments of a script. `--help` prints its usage and ends the process; an option that it does not have
 * ends it in words.
 */
export function readArguments<T extends ParseArgsConfig>(
  usage: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  if ((config.args ?? process.argv.slice(2)).includes('--help')) end(usage);
  try {
    return parseArgs(config);
  } catch (error) {
    const code = error instanceof TypeError && 'code' in error ? String(error.code) : '';
    if (!(error instanceof Error) || !code.startsWith('ERR_PARSE_ARGS_')) throw error;
    return refuse(`${error.message.split('\n', 1)[0] ?? ''}\n\n${usage}`);
  }
}

/** A whole number of an option; anything else ends the process in words. */
export function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least) return value;
  return refuse(`--${name} is a whole number from ${least}, not ${JSON.stringify(text)}`);
}
