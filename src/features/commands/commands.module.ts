import { Module } from '@nestjs/common';
import { CommandsController } from './commands.controller.js';
import { RejectedCommandsController } from './rejected-commands.controller.js';

/** `POST /api/commands`, and the answer to Commands nobody handles. Needs the messaging module. */
@Module({ controllers: [CommandsController, RejectedCommandsController] })
export class CommandsModule {}
