export { schemasFeature } from './schemas.feature.js';
