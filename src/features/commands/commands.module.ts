import { Module } from '@nestjs/common';
import { CommandsController } from './commands.controller.js';
import { RejectedCommandsController } from './rejected-commands.controller.js';

/** `POST /api/commands`, and error Results for Commands that no feature handles. Requires the messaging module. */
@Module({ controllers: [CommandsController, RejectedCommandsController] })
export class CommandsModule {}
