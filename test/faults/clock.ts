// Preloaded into a process whose clock is to be off; its first argument says by how many seconds.
let offMs = Number(process.argv[2] ?? 0) * 1000;
const SET_BY_MS = 600_000;
const nowMs = Date.now.bind(Date);
// Each time it is set by twice as much, from ten minutes ahead to ten minutes behind and back.
process.on('SIGUSR2', () => {
  offMs = offMs > 0 ? -SET_BY_MS : SET_BY_MS;
});
if (process.argv.length > 2) {
  globalThis.Date = new Proxy(Date, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [nowMs() + offMs] : given, newTarget) as Date,
    get: (target, name, receiver) =>
      name === 'now' ? () => nowMs() + offMs : (Reflect.get(target, name, receiver) as unknown),
  });
}
