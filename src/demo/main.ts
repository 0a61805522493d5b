import { prepareProcess } from '../app/prepare-process.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

// As the service does, and before the first large import.
prepareProcess();
await import('reflect-metadata');
const { readDemoOptions, USAGE } = await import('./demo.options.js');

try {
  const options = readDemoOptions(process.argv.slice(2));
  if (!options) print(USAGE);
  else await (await import('./demo.js')).demo(options, print);
} catch (error) {
  process.stderr.write(
    `\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
