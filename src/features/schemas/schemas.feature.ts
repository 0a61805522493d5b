import type { Feature } from '../../messaging/index.js';
import { SchemasModule } from './schemas.module.js';

/** `weft schemas` is in src/app/cli, because it needs every other feature. */
export const schemasFeature: Feature = { name: 'schemas', module: () => SchemasModule };
