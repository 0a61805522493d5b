import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ProvedPackage } from './proved.versions.js';

/** One copy of a package. */
export interface InstalledPackage {
  readonly name: ProvedPackage;
  /** The package that loads it, which may have its own copy. @defaultValue this library */
  readonly of?: ProvedPackage;
}

/** Reads the version of an installed package; undefined if it cannot be read. */
export type VersionReader = (installed: InstalledPackage) => string | undefined;

const THIS_FILE = /\/aws\/tuned\/installed\.version\.[jt]s$/;

/**
 * The version in the package's package.json. It cannot be read in a bundle, which has no such file; one found
 * elsewhere, such as in the SDK of Lambda's runtime, would not be the bundled version.
 */
export const installedVersion: VersionReader = ({ name, of }) => {
  if (!isInstalled(import.meta.url)) return undefined;
  try {
    const own = createRequire(import.meta.url);
    const load = of === undefined ? own : createRequire(own.resolve(of));
    const { version } = load(`${name}/package.json`) as { readonly version?: string };
    return version;
  } catch {
    return undefined;
  }
};

/**
 * Whether this module is a separate file. In a bundle the URL is that of the bundle, missing, or that of a file on the
 * build machine.
 */
const isInstalled = (url: string): boolean => THIS_FILE.test(url) && existsSync(fileURLToPath(url));
