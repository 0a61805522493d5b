import type { MetadataBearer, MiddlewareStack } from '@smithy/types';

/** A client whose middleware can be changed. */
interface ChangingClient<In extends object, Out extends MetadataBearer> {
  readonly middlewareStack: MiddlewareStack<In, Out>;
}

const CHANGES = ['add', 'addRelativeTo', 'remove', 'removeByTag'] as const;

/**
 * A client that caches its middleware stack would keep that of the first call. Tracing and counters may be added later,
 * so each change clears the cache.
 */
export function followChanges<In extends object, Out extends MetadataBearer>(
  client: ChangingClient<In, Out>,
): void {
  const stack = client.middlewareStack;
  for (const name of CHANGES) {
    const change: (...of: never[]) => unknown = stack[name];
    Object.assign(stack, {
      [name]: (...of: never[]) => {
        // As the SDK itself does at a call with options.
        Reflect.deleteProperty(client, 'handlers');
        return change(...of);
      },
    });
  }
}
