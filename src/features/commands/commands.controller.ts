import { Body, Controller, HttpCode, HttpStatus, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import {
  ApiBody,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
  readWholeNumber,
  type QueryString,
} from '../../platform/http/index.js';
import { CommandsClient } from '../../messaging/index.js';
import {
  invalidFieldsError,
  parseCommand,
  type Command,
  type Result,
} from '../../protocol/index.js';
import { COMMAND_SCHEMA } from './command.schema.js';
import { NoRouteError } from '../../transport/errors/index.js';

const MAX_WAIT_SECONDS = 30;

interface Accepted {
  readonly correlation_id: string;
}

/** Commands over HTTP, for callers without SNS. */
@ApiTags('commands')
@Controller('api/commands')
export class CommandsController {
  constructor(private readonly commands: CommandsClient) {}

  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Publish a Command, and wait for its Result if asked to' })
  @ApiBody({ schema: COMMAND_SCHEMA })
  @ApiQuery({
    name: 'wait_seconds',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MAX_WAIT_SECONDS },
  })
  @ApiResponse({ status: 200, description: 'The Result' })
  @ApiResponse({ status: 202, description: 'Taken: {"correlation_id"}; no Result yet' })
  async publish(
    @Body() body: unknown,
    @Query() query: QueryString,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted | Result> {
    const waitSeconds = readWholeNumber(query, 'wait_seconds', 1, MAX_WAIT_SECONDS);
    const command = parseCommand(body);
    const result = await this.#send(command, waitSeconds);
    if (result === undefined) return { correlation_id: command.correlation_id };
    response.status(HttpStatus.OK);
    return result;
  }

  async #send(command: Command, waitSeconds: number | undefined): Promise<Result | undefined> {
    try {
      if (waitSeconds !== undefined) {
        return await this.commands.request(command, waitSeconds * 1000);
      }
      await this.commands.publish(command);
      return undefined;
    } catch (error) {
      if (!(error instanceof NoRouteError)) throw error;
      throw invalidFieldsError([
        { field: 'type', message: 'is not a type of Commands handled here' },
      ]);
    }
  }
}
