import { createRequire } from 'node:module';
import type nedb from '@seald-io/nedb';

// nedb's types say `export default`, its code `module.exports =`: an ES import has either
// the right type or the right value, never both.
export const Datastore: typeof nedb.default = createRequire(import.meta.url)('@seald-io/nedb');
export type Datastore<T> = nedb.default<T>;
