import type { ApiBodyOptions } from '@nestjs/swagger';

/** A Command's JSON Schema, for the API's description. */
export const COMMAND_SCHEMA: Extract<ApiBodyOptions, { schema: unknown }>['schema'] = {
  type: 'object',
  required: ['type', 'action'],
  properties: {
    type: { type: 'string', example: 'storage' },
    action: { type: 'string', example: 'list_objects' },
    payload: { type: 'object', default: {}, example: { container: 'raw', prefix: '2026/' } },
    correlation_id: { type: 'string', description: 'Default: a new UUID' },
    job_id: { type: 'string', nullable: true },
    step_id: { type: 'string', nullable: true },
    metadata: { type: 'object', default: {} },
    timestamp: { type: 'string', format: 'date-time', description: 'Default: now' },
  },
};
