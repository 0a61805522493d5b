import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ProvedPackage } from './proved.versions.js';

/** One copy of a package. */
export interface InstalledPackage {
  readonly name: ProvedPackage;
  /** The package that loads it, which may have a copy of its own. @defaultValue this library */
  readonly of?: ProvedPackage;
}

/** Reads the version of an installed package; undefined where it cannot be read. */
export type VersionReader = (installed: InstalledPackage) => string | undefined;

const THIS_FILE = /\/aws\/tuned\/installed\.version\.[jt]s$/;

/**
 * The version in the package's own package.json. It cannot be read in a bundle: there is no such file beside it, and one that is
 * found, such as that of the SDK which Lambda's runtime brings, is not the version that is in the bundle.
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

/** Whether this module is a file of its own. Bundlers put their output's URL there, none, or that of a file of the build machine. */
const isInstalled = (url: string): boolean => THIS_FILE.test(url) && existsSync(fileURLToPath(url));
