export { bundlesFeature } from './bundles.feature.js';
export { unbundle, type Unbundled, type UnbundleOptions } from './unbundle/unbundle.js';
export { bundlesSettings } from './bundles.settings.js';
