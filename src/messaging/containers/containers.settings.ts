import {
  consumes,
  defineSettings,
  isBucket,
  listOf,
  Setting,
  type ConfigurationFault,
} from '../../platform/config/index.js';
import { EVERY_CONTAINER, type AllowedContainers } from './containers.js';

class StorageEnvironment {
  @Setting({
    meaning:
      'The containers (S3 buckets) that Commands of storage and query may reach, separated by commas; "*" for every one the credentials reach. Never the payload bucket.',
    default: '* when embedded, else required where storage is consumed',
    accepts: '* or comma-separated names of buckets',
    check: (value) => value === EVERY_CONTAINER || areBuckets(value),
    required: (settings) =>
      settings.stack === 'aws' && consumes(settings, 'storage')
        ? 'this process consumes storage'
        : undefined,
  })
  readonly STORAGE_CONTAINERS?: string;
}

/** The containers that storage and query Commands may use. */
export const containersSettings = defineSettings({
  title: 'Storage',
  environment: StorageEnvironment,
  check({ STORAGE_CONTAINERS: value }, { messaging: { payloadBucket } }): ConfigurationFault[] {
    if (payloadBucket === undefined || !listOf(value).includes(payloadBucket)) return [];
    return [
      {
        variable: 'STORAGE_CONTAINERS',
        problem: `names ${payloadBucket}, which is the payload bucket`,
        remedy: 'Leave it out: a Command must not reach the bodies of other messages',
      },
    ];
  },
  read({ STORAGE_CONTAINERS: value }, { stack }): { containers: AllowedContainers } {
    // Unset on AWS: storage is not consumed here then, and other Commands may use no container either.
    const allowed = value ?? (stack === 'embedded' ? EVERY_CONTAINER : '');
    return { containers: allowed === EVERY_CONTAINER ? EVERY_CONTAINER : new Set(listOf(allowed)) };
  },
});

function areBuckets(value: string): boolean {
  const names = listOf(value);
  return names.length > 0 && names.every((name) => isBucket(name));
}
