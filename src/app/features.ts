import { bundlesFeature } from '../features/bundles/index.js';
import { commandsFeature } from '../features/commands/index.js';
import { queryFeature } from '../features/query/index.js';
import { registryFeature } from '../features/registry/index.js';
import { schemasFeature } from '../features/schemas/index.js';
import { sessionsFeature } from '../features/sessions/index.js';
import { storageFeature } from '../features/storage/index.js';
import { transformFeature } from '../features/transform/index.js';
import type { Feature } from '../messaging/index.js';
import type { Settings } from '../platform/config/index.js';
import type { Switches } from '../platform/health/index.js';

/** The features of the service, in the order of `.env.example` and of `WEFT_CONSUME`'s roles. */
export const FEATURES: readonly Feature[] = [
  storageFeature,
  registryFeature,
  sessionsFeature,
  queryFeature,
  transformFeature,
  bundlesFeature,
  commandsFeature,
  schemasFeature,
];

/** What the settings turn on and off, by feature. */
export const switchesOf = (settings: Settings): Switches =>
  Object.fromEntries(
    FEATURES.flatMap(({ name, switches }) => (switches ? [[name, switches(settings)]] : [])),
  );
