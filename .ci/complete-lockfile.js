// `npm install` leaves a platform's optional package out of the lock file when the registry at hand
// does not carry it, and `npm ci` then refuses the lock file everywhere. This adds the missing
// entries (version, os, cpu) and drops registry addresses. It fails for entries without integrity, which could be
// anything when they are downloaded: delete them and run `npm install --package-lock-only` where the registry has them.
// Run it after every `npm install` that changes the lock file: `node .ci/complete-lockfile.js`.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);
const OS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const CPU = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
for (const entry of Object.values(lock.packages)) {
  delete entry.resolved;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`]) continue;
    const os = OS.find((part) => name.includes(part));
    const cpu = CPU.find((part) => name.includes(part));
    if (!os || !cpu) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      os: [os],
    };
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);

const unsealed = rest
  .filter(([, { integrity, link }]) => !integrity && !link)
  .map(([name]) => name);
if (unsealed.length > 0) {
  console.error(`Without integrity: ${unsealed.join(', ')}`);
  process.exitCode = 1;
}
