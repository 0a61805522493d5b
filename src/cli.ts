#!/usr/bin/env node
/** As `engines` in package.json says: the first Node 22 whose `node:sqlite`, which the embedded stack keeps its data in, needs no flag. */
const OLDEST_NODE = [22, 13] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `Weft needs Node ${OLDEST_NODE.join('.')} or newer, this is ${process.versions.node}: start it by "npm start", which brings its own\n`,
  );
  process.exit(1);
}

// Only now: an older Node could not even load the rest.
const { prepareProcess } = await import('./app/prepare-process.js');
prepareProcess();
const { runCli } = await import('./app/cli/run-cli.js');
await runCli(process.argv.slice(2));
