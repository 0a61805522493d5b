import type * as validation from './validate-payload.js';

type Validation = typeof validation;

let loading: Promise<Validation> | undefined;
let loaded: Validation | undefined;

/**
 * Loads class-validator and class-transformer with the first payload to validate, as not every process needs them.
 * Returns a promise only then.
 *
 * @throws Error naming the packages to install.
 */
export function loadValidation(): Validation | Promise<Validation> {
  if (loaded) return loaded;
  loading ??= import('./validate-payload.js').then(
    (module) => (loaded = module),
    (cause: unknown) => {
      loading = undefined;
      throw new Error(
        'Checking a payload by its class requires class-validator and class-transformer. Install both',
        { cause },
      );
    },
  );
  return loading;
}
