export { commandsFeature } from './commands.feature.js';
export { CommandsModule } from './commands.module.js';
