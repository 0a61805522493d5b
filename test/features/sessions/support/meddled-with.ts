import type {
  CollectionDefinition,
  DocumentCollection,
  DocumentStore,
} from '../../../../src/platform/persistence/index.js';

/** The same store, but for one call on one collection, which is handed over to be made, or not. */
export function meddledWith<T extends { readonly _id: string }>(
  store: DocumentStore,
  { name }: CollectionDefinition<T>,
  method: keyof DocumentCollection<T>,
  meddle: (call: () => Promise<unknown>) => Promise<unknown>,
): DocumentStore {
  return new Proxy(store, {
    get(target, key) {
      if (key !== 'collection') return bound(target, key);
      return (definition: CollectionDefinition<{ _id: string }>) => {
        const collection = target.collection(definition);
        if (definition.name !== name) return collection;
        return new Proxy(collection, {
          get(documents, called) {
            const call = bound(documents, called);
            if (called !== method || typeof call !== 'function') return call;
            return (...args: unknown[]) => meddle(() => call(...args) as Promise<unknown>);
          },
        });
      };
    },
  });
}

function bound(target: object, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key);
  return typeof value === 'function' ? value.bind(target) : value;
}
