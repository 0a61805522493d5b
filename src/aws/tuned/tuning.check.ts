import { Logger } from '@nestjs/common';
import {
  installedVersion,
  type InstalledPackage,
  type VersionReader,
} from './installed.version.js';
import { movedParts } from './moved-parts.js';
import { isProved, PROVED_VERSIONS } from './proved.versions.js';

/** The packages that the steps rely on: the library's own copies, and those that the SDK's clients load. */
const INSTALLED: readonly InstalledPackage[] = [
  { name: '@aws-sdk/client-sns' },
  { name: '@aws-sdk/client-sqs' },
  { name: '@aws-sdk/core' },
  { name: '@smithy/core' },
  { name: 'undici' },
  { name: '@aws-sdk/core', of: '@aws-sdk/client-sns' },
  { name: '@aws-sdk/core', of: '@aws-sdk/client-sqs' },
  { name: '@smithy/core', of: '@aws-sdk/client-sns' },
  { name: '@smithy/core', of: '@aws-sdk/client-sqs' },
];

const OFF = 'The tuned AWS clients are off, and the plain clients of the SDK are used';
const REMEDY =
  'Install the proved versions, or set tunedClients: false to keep the plain clients without this warning.';

/** Dependencies of the check. */
export interface TuningCheckDependencies {
  /** @defaultValue reads the packages' package.json */
  readonly versionOf?: VersionReader;
  /**
   * If no version can be read: names the parts that are not where the tuned clients expect them.
   *
   * @defaultValue examines the SDK
   */
  readonly movedParts?: () => readonly string[];
  /** @defaultValue Nest's */
  readonly logger?: Pick<Logger, 'warn'>;
}

/**
 * Decides whether the clients are tuned: only if the installed versions are those that the tests ran with. In a bundle
 * the versions are unknown, so the parts that the steps rely on are examined instead. It checks once, and warns at most
 * once.
 */
export class TuningCheck {
  readonly #parts: Required<TuningCheckDependencies>;
  #passes: boolean | undefined;

  constructor(parts: TuningCheckDependencies = {}) {
    const logger = new Logger('AwsClients');
    this.#parts = { versionOf: installedVersion, movedParts, logger, ...parts };
  }

  get passes(): boolean {
    return (this.#passes ??= this.#look());
  }

  #look(): boolean {
    const found = INSTALLED.map((one) => ({ ...one, installed: this.#parts.versionOf(one) }));
    const unproved = found.flatMap(({ name, of, installed }) =>
      installed === undefined || isProved(name, installed)
        ? []
        : [{ package: of ? `${name} of ${of}` : name, installed, proved: PROVED_VERSIONS[name] }],
    );
    if (unproved.length > 0)
      return this.#off('the installed versions are not the proved ones', { packages: unproved });
    if (found.every(({ installed }) => installed !== undefined)) return true;
    const moved = this.#parts.movedParts();
    if (moved.length === 0) return true;
    return this.#off('parts of the SDK are not where the proved versions have them', {
      moved,
      proved: PROVED_VERSIONS,
    });
  }

  #off(cause: string, fields: object): false {
    this.#parts.logger.warn(`${OFF}: ${cause}. ${REMEDY}`, fields);
    return false;
  }
}
