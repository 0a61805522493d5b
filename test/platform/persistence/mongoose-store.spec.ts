import { describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../../src/platform/persistence/index.js';
import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';

// Port 1 refuses connections on any machine.
const unreachable = () =>
  new MongooseStore({ uri: 'mongodb://127.0.0.1:1', serverSelectionTimeoutMs: 100 });

/** Which of several stores it was that failed first. */
const failureOf = (store: MongooseStore, which: string): Promise<string> =>
  store.ping().then(
    () => 'connected',
    () => which,
  );

describe('the MongoDB store without a server', () => {
  it('fails within its time-out, retryable, every time it is asked', async () => {
    const store = unreachable();
    const items = store.collection({ name: 'items', indexes: [{ fields: { n: 1 } }] });
    await expect(items.insert({ _id: 'a' })).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(items.count({})).rejects.toMatchObject({ retryable: true });
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
    await store.close();
  });

  it.each(['serverSelectionTimeoutMS', 'serverselectiontimeoutms'])(
    'fails within the time-out that its URI names as %s',
    async (option) => {
      const named = new MongooseStore({ uri: `mongodb://127.0.0.1:1/weft?${option}=20` });
      const slower = new MongooseStore({
        uri: 'mongodb://127.0.0.1:1',
        serverSelectionTimeoutMs: 500,
      });
      const first = await Promise.race([failureOf(named, 'named'), failureOf(slower, 'slower')]);
      await Promise.all([named.close(), slower.close()]);
      expect(first).toBe('named');
    },
  );

  it('closes without ever having connected', async () => {
    const store = unreachable();
    const pinged = store.ping().catch((error: unknown) => error);
    await store.close();
    expect(await pinged).toBeInstanceOf(StoreUnavailableError);
  });
});
