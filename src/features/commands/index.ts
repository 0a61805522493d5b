export { commandsFeature } from './commands.feature.js';
