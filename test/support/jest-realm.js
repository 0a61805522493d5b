// Jest runs tests in a realm of its own, where an error that Node itself made (ECONNREFUSED, …) is no
// `instanceof Error`. The AWS SDK then wraps it and drops its code. Outside of jest there is one realm.
Object.defineProperty(Error, Symbol.hasInstance, {
  value(candidate) {
    return this === Error
      ? Error.isError(candidate)
      : Function.prototype[Symbol.hasInstance].call(this, candidate);
  },
});

// Processes that the code under test starts run on the sources as well: they are started with the arguments of this one.
if (!process.execArgv.some((argument) => argument.endsWith('ts-hooks.js'))) {
  process.execArgv.push('--import', new URL('./ts-hooks.js', import.meta.url).href);
}
