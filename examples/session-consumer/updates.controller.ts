import { Controller, Param, Sse, type MessageEvent } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { filter, map, Subject, type Observable } from 'rxjs';
import { OnEvent } from 'nestjs-sns-sqs';
import { METADATA_UPDATE_PATTERN, MetadataUpdateMessage } from 'weft/sessions';

/** Your own back end, which feeds browsers from the metadata queue. */
@Controller()
export class UpdatesController {
  readonly #updates = new Subject<MetadataUpdateMessage>();

  @OnEvent(METADATA_UPDATE_PATTERN)
  updated(@Payload() message: MetadataUpdateMessage): void {
    this.#updates.next(message);
  }

  @Sse('sessions/:id/events')
  events(@Param('id') id: string): Observable<MessageEvent> {
    return this.#updates.pipe(
      filter(({ session_id }) => session_id === id),
      map(({ sequence, metadata }) => ({
        ...(sequence !== undefined && { id: String(sequence) }),
        data: { type: 'metadata_update', data: metadata },
      })),
    );
  }
}
