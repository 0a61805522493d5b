export { queryFeature } from './query.feature.js';
export { querySettings } from './query.settings.js';
