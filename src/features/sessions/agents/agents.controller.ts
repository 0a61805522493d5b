import { Body, Controller, Get, HttpStatus, Param, Patch, Put, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiOperation,
  ApiTags,
  type StatusResponse,
} from '../../../platform/http/index.js';
import { SessionsService } from '../sessions.service.js';
import { CONFIG_FIELDS, type AgentConfig, type AgentView } from './agent.js';

/** The agents of a session over HTTP. */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions/:id/agents')
export class SessionAgentsController {
  constructor(private readonly sessions: SessionsService) {}

  @Put(':agent')
  @ApiOperation({ summary: 'Make an agent (201), or replace its agent_data (200), kept as given' })
  @ApiBody({ schema: { type: 'object', example: { model: 'a-model', state: {} } } })
  async put(
    @Param('id') id: string,
    @Param('agent') agentId: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) response: StatusResponse,
  ): Promise<AgentView> {
    const { created, agent } = await this.sessions.putAgent(id, agentId, body);
    response.status(created ? HttpStatus.CREATED : HttpStatus.OK);
    return agent;
  }

  @Get()
  @ApiOperation({ summary: 'The agents of a session, without their messages' })
  async list(@Param('id') id: string): Promise<{ session_id: string; agents: AgentView[] }> {
    return { session_id: id, agents: await this.sessions.agents(id) };
  }

  @Get(':agent')
  @ApiOperation({ summary: 'An agent, without its messages' })
  get(@Param('id') id: string, @Param('agent') agentId: string): Promise<AgentView> {
    return this.sessions.agent(id, agentId);
  }

  @Patch(':agent/config')
  @ApiOperation({ summary: `Set some of ${CONFIG_FIELDS.join(', ')}; leave the others` })
  @ApiBody({ schema: { type: 'object', example: { model: 'another-model' } } })
  updateConfig(
    @Param('id') id: string,
    @Param('agent') agentId: string,
    @Body() body: unknown,
  ): Promise<AgentConfig> {
    return this.sessions.updateAgentConfig(id, agentId, body);
  }
}
