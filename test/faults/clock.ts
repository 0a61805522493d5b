// Preloaded into a process whose clock is to be off; its first argument says by how many seconds.
const offMs = Number(process.argv[2] ?? 0) * 1000;
const nowMs = Date.now.bind(Date);
if (offMs !== 0) {
  globalThis.Date = new Proxy(Date, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [nowMs() + offMs] : given, newTarget) as Date,
    get: (target, name, receiver) =>
      name === 'now' ? () => nowMs() + offMs : (Reflect.get(target, name, receiver) as unknown),
  });
}
