export { bundlesFeature } from './bundles.feature.js';
export { bundlesSettings } from './bundles.settings.js';
