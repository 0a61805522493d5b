// Jest runs tests in a realm of its own, where an error that Node itself made (ECONNREFUSED, …) is no
// `instanceof Error`. The AWS SDK then wraps it and drops its code. Outside of jest there is one realm.
Object.defineProperty(Error, Symbol.hasInstance, {
  value(candidate) {
    return this === Error
      ? Error.isError(candidate)
      : Function.prototype[Symbol.hasInstance].call(this, candidate);
  },
});
