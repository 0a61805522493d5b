import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  identityText,
  type Manifest,
  type ObjectIdentity,
} from '../../../../src/features/bundles/archive/manifest.js';
import { Reservations } from '../../../../src/features/bundles/gathering/reservations.js';
import { DocumentIdempotencyStore } from '../../../../src/platform/persistence/index.js';
import { SqliteStore } from '../../../../src/platform/persistence/sqlite/sqlite.store.js';
import { FakeClock, startTestBroker, type TestBroker } from '../../../../src/testing/index.js';
import {
  createIdempotencyTable,
  DynamoDbIdempotencyStore,
} from '../../../../src/transport/idempotency/index.js';
import { MemoryIdempotencyStore, WorkInProgressError } from '../../../../src/transport/index.js';
import type { IdempotencyStore } from '../../../../src/transport/idempotency/idempotency.store.js';

const TABLE = 'reservations';
const LEASE_MS = 60_000;
const TTL_S = 7 * 24 * 3600;
let broker: TestBroker;
const documents = new SqliteStore();

beforeAll(async () => {
  broker = await startTestBroker();
  await createIdempotencyTable(broker.aws.dynamodb, TABLE);
});
afterAll(async () => {
  await documents.close();
  await broker.stop();
});

/** The bucket of bundles, as far as its recovery goes. */
class StoredBundles {
  readonly manifests = new Map<string, Manifest>();
  readonly aborted: string[] = [];

  store(bundle: string, ...objects: readonly ObjectIdentity[]): void {
    this.manifests.set(bundle, { version: 1, objects, refused: [] } as unknown as Manifest);
  }

  abort(_key: string, uploadId: string): Promise<void> {
    this.aborted.push(uploadId);
    return Promise.resolve();
  }

  manifest(key: string): Promise<Manifest | undefined> {
    return Promise.resolve(this.manifests.get(key));
  }
}

describe.each<[string, () => IdempotencyStore]>([
  ['in memory', () => new MemoryIdempotencyStore()],
  ['in documents', () => new DocumentIdempotencyStore(documents)],
  ['in DynamoDB', () => new DynamoDbIdempotencyStore(broker.aws.dynamodb, TABLE)],
])('the bundle of an object, recorded %s', (_where, newStore) => {
  let clock: FakeClock;
  let bundles: StoredBundles;
  let store: IdempotencyStore;
  let object: ObjectIdentity;
  let bundle: string;

  beforeEach(() => {
    clock = new FakeClock();
    bundles = new StoredBundles();
    store = newStore();
    object = { bucket: 'raw', key: randomUUID(), version_id: null, sequencer: '1' };
    bundle = `bundle-${randomUUID()}`;
  });

  /** A process of its own over the same store and bucket. */
  const aProcess = (): Reservations =>
    new Reservations(store, bundles, { ttlS: TTL_S, leaseMs: LEASE_MS }, clock);
  const leaseEnds = (): Promise<void> => clock.advance(LEASE_MS + 1);

  async function reservedBy(one: Reservations): Promise<void> {
    await one.open(bundle);
    expect(await one.reserve(object, bundle)).toBe('reserved');
  }

  it('is the first that reserves it, until that one releases it', async () => {
    const [one, other] = [aProcess(), aProcess()];
    await reservedBy(one);
    await expect(other.reserve(object, 'another')).rejects.toThrow(WorkInProgressError);
    await one.release(object, bundle);
    expect(await other.reserve(object, 'another')).toBe('reserved');
  });

  it('stays the stored one that has committed the object', async () => {
    const one = aProcess();
    await reservedBy(one);
    await one.commit(object, bundle);
    expect(await aProcess().reserve(object, 'another')).toBe('bundled');
  });

  it('is another one after a crash before the seal, and the first one never appears', async () => {
    const one = aProcess();
    await reservedBy(one);
    await leaseEnds();
    expect(await aProcess().reserve(object, 'another')).toBe('reserved');
    expect(await one.seal(bundle, 'upload-1')).toBe('abandoned');
  });

  it('is another one after a crash between the seal and the end of the upload, which is aborted first', async () => {
    const one = aProcess();
    await reservedBy(one);
    expect(await one.seal(bundle, 'upload-1')).toBe('sealed');
    await leaseEnds();
    expect(await aProcess().reserve(object, 'another')).toBe('reserved');
    expect(bundles.aborted).toEqual(['upload-1']);
  });

  it('stays the stored one after a crash between upload and commit, as its manifest names the object', async () => {
    const one = aProcess();
    await reservedBy(one);
    await one.seal(bundle, 'upload-1');
    bundles.store(bundle, object);
    await leaseEnds();
    expect(await aProcess().reserve(object, 'another')).toBe('bundled');
    bundles.manifests.clear();
    expect(await aProcess().reserve(object, 'another')).toBe('bundled');
  });

  it('is another one when the stored one does not hold the object', async () => {
    const one = aProcess();
    await reservedBy(one);
    await one.seal(bundle, 'upload-1');
    bundles.store(bundle, { ...object, key: 'something else' });
    await leaseEnds();
    expect(await aProcess().reserve(object, 'another')).toBe('reserved');
  });

  it('stays the same while its process renews its lease', async () => {
    const one = aProcess();
    await reservedBy(one);
    await clock.advance(LEASE_MS - 1000);
    await one.renew(bundle);
    await clock.advance(LEASE_MS - 1000);
    await expect(aProcess().reserve(object, 'another')).rejects.toThrow(WorkInProgressError);
  });

  it('is exactly one of many that find the lease expired at once', async () => {
    await reservedBy(aProcess());
    await leaseEnds();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, async (_, n) => {
        const other = aProcess();
        await other.open(`other-${n}-${bundle}`);
        return other.reserve(object, `other-${n}-${bundle}`);
      }),
    );
    const won = outcomes.filter((one) => one.status === 'fulfilled' && one.value === 'reserved');
    expect(won).toHaveLength(1);
  });

  it('is known to its own process as stored or not after a failed upload, without waiting for the lease', async () => {
    const one = aProcess();
    await reservedBy(one);
    await one.seal(bundle, 'upload-1');
    expect(await one.ownFate(bundle)).toBe('abandoned');
    bundles.store(bundle, object);
    expect(await one.ownFate(bundle)).toEqual(new Set([identityText(object)]));
  });
});
