// The service: `weft start` with the same options.
process.argv.splice(2, 0, 'start');
await import('./cli.js');
