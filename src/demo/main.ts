import 'reflect-metadata';
import { demo } from './demo.js';
import { readDemoOptions, USAGE } from './demo.options.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  const options = readDemoOptions(process.argv.slice(2));
  if (options) await demo(options, print);
  else print(USAGE);
} catch (error) {
  process.stderr.write(
    `\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
