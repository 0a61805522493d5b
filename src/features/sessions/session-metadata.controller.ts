import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnEvent } from '../../transport/index.js';
import { MetadataUpdateMessage } from './sessions.dto.js';
import { METADATA_UPDATE_PATTERN } from './sessions.patterns.js';
import { SessionEventHub } from './stream/session-event-hub.js';

/**
 * From the metadata queue to the browsers. A message reaches one process, so the clients of a
 * session see what the process they are connected to consumes: run the streams in one.
 */
@Controller()
export class SessionMetadataController {
  constructor(private readonly hub: SessionEventHub) {}

  @OnEvent(METADATA_UPDATE_PATTERN)
  metadataUpdated(@Payload() message: MetadataUpdateMessage): void {
    const { session_id, metadata, timestamp, sequence } = message;
    this.hub.publish({ sessionId: session_id, metadata, timestamp, sequence });
  }
}
