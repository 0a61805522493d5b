export { transformFeature } from './transform.feature.js';
