import { describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../../src/platform/persistence/index.js';
import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';

// Port 1 refuses connections on any machine.
const unreachable = () =>
  new MongooseStore({ uri: 'mongodb://127.0.0.1:1', serverSelectionTimeoutMs: 100 });

describe('the MongoDB store without a server', () => {
  it('fails within its time-out, retryable, every time it is asked', async () => {
    const store = unreachable();
    const items = store.collection({ name: 'items', indexes: [{ fields: { n: 1 } }] });
    await expect(items.insert({ _id: 'a' })).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(items.count({})).rejects.toMatchObject({ retryable: true });
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
    await store.close();
  });

  it('closes without ever having connected', async () => {
    const store = unreachable();
    const pinged = store.ping().catch((error: unknown) => error);
    await store.close();
    expect(await pinged).toBeInstanceOf(StoreUnavailableError);
  });
});
