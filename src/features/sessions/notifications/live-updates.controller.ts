import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnEvent } from '../../../transport/index.js';
import { LiveUpdateMessage } from '../sessions.dto.js';
import { LIVE_UPDATE_PATTERN } from '../sessions.patterns.js';
import { SessionEventHub } from '../stream/session-event-hub.js';

/** Passes changes from this instance's broadcast queue to the browsers connected here. */
@Controller()
export class LiveUpdatesController {
  constructor(private readonly hub: SessionEventHub) {}

  @OnEvent(LIVE_UPDATE_PATTERN)
  changed(@Payload() message: LiveUpdateMessage): void {
    const { session_id, ...change } = message;
    this.hub.publish(session_id, change);
  }
}
