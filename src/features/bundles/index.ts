export { memberName } from './archive/member-name.js';
export { bundlesFeature } from './bundles.feature.js';
export { BundlesModule } from './bundles.module.js';
export { gatherForOneInvocation } from './one-invocation.js';
export { unbundle, type Unbundled, type UnbundleOptions } from './unbundle/unbundle.js';
export { bundlesSettings } from './bundles.settings.js';
