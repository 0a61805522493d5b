import type { Feature } from '../../messaging/index.js';
import { SchemasModule } from './schemas.module.js';

/** `weft schemas` stands in src/app/cli, as it needs every other feature. */
export const schemasFeature: Feature = { name: 'schemas', module: () => SchemasModule };
