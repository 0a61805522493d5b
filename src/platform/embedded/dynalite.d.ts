/** The part of dynalite that the embedded stack uses; the package brings no types. */
declare module 'dynalite' {
  interface DynaliteOptions {
    /** The folder of its LevelDB; left out, in memory. */
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  export default function dynalite(options?: DynaliteOptions): import('node:http').Server;
}
