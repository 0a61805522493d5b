// Imports what it is given, and tells how many milliseconds of CPU that took.
const before = process.cpuUsage();
await import('reflect-metadata');
for (const name of process.argv.slice(2)) await import(name);
const { user, system } = process.cpuUsage(before);
process.send((user + system) / 1000, () => process.disconnect());
