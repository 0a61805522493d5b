import type { Feature } from '../../messaging/index.js';
import { CommandsModule } from './commands.module.js';

/** Commands over HTTP, and error Results for Commands that no feature handles. */
export const commandsFeature: Feature = { name: 'commands', module: () => CommandsModule };
