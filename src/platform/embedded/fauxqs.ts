import type { BuildAppOptions } from 'fauxqs';
import { loadEmulator } from './load-emulator.js';

type Stores = NonNullable<BuildAppOptions['stores']>;
export type SqsStore = Stores['sqsStore'];
export type SnsStore = Stores['snsStore'];
export type S3Store = Stores['s3Store'];
export type PersistenceManager = NonNullable<SqsStore['persistence']>;

/** The part of fauxqs that the embedded stack uses. */
export interface Fauxqs {
  readonly buildApp: typeof import('fauxqs').buildApp;
  readonly SqsStore: new () => SqsStore;
  readonly SnsStore: new () => SnsStore;
  readonly S3Store: new () => S3Store;
  readonly PersistenceManager: new (dataDir: string) => PersistenceManager;
}

/**
 * Reads an internal field of fauxqs.
 *
 * @throws TypeError for a version of fauxqs without that field.
 */
export function internalOf<T>(
  owner: object,
  name: string,
  isKind: (value: unknown) => value is T,
): T {
  const value: unknown = Reflect.get(owner, name);
  if (isKind(value)) return value;
  throw new TypeError(
    'fauxqs stores its data differently than version 2.4.1, the one that Weft supports',
  );
}

/**
 * Loads fauxqs when a stack is started, not when Weft is imported: it takes a
 * quarter of a second that a service on AWS need not pay.
 *
 * The package exports `buildApp` and `startFauxqs` alone. The latter binds every
 * interface, and the former needs stores to keep data, so the stores are
 * imported by the address of the file beside the one that is exported.
 */
export const loadFauxqs = (): Promise<Fauxqs> => loadEmulator('fauxqs', load);

async function load(): Promise<Fauxqs> {
  const main = import.meta.resolve('fauxqs');
  const part = (file: string): Promise<Fauxqs> => import(new URL(file, main).href);
  const [app, sqs, sns, s3, persistence] = await Promise.all([
    import('fauxqs'),
    part('./sqs/sqsStore.js'),
    part('./sns/snsStore.js'),
    part('./s3/s3Store.js'),
    part('./persistence.js'),
  ]);
  return {
    buildApp: app.buildApp,
    SqsStore: sqs.SqsStore,
    SnsStore: sns.SnsStore,
    S3Store: s3.S3Store,
    PersistenceManager: persistence.PersistenceManager,
  };
}
