import { Ctx } from '@nestjs/microservices';
import {
  CommandController,
  CommandMessage,
  CommandPayload,
  OnCommand,
  trying,
} from '../../messaging/index.js';
import { Command, DataReference, eventOf, type Outcome } from '../../protocol/index.js';
import { SnsSqsContext } from '../../transport/index.js';
import { ListObjectsPayload, ObjectPayload, PutObjectPayload } from './storage.dto.js';
import { StorageService } from './storage.service.js';

@CommandController('storage')
export class StorageController {
  constructor(private readonly storage: StorageService) {}

  @OnCommand('storage.put_object')
  async put(
    @CommandPayload() payload: PutObjectPayload,
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    const { etag, version_id, content_type, size } = await this.storage.put(payload, signal);
    const { container, path } = payload;
    return {
      data: { etag, version_id },
      outputs: [file(payload, content_type)],
      events: [
        eventOf(command, 'storage.object_created', {
          container,
          path,
          etag,
          version_id,
          content_type,
          size,
        }),
      ],
    };
  }

  @OnCommand('storage.get_object')
  async get(
    @CommandPayload() payload: ObjectPayload,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    const data = await trying({ inputs: [file(payload, null)] }, () =>
      this.storage.get(payload, signal),
    );
    return { data, inputs: [file(payload, data.content_type)] };
  }

  @OnCommand('storage.head_object')
  async head(
    @CommandPayload() payload: ObjectPayload,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    return { data: await this.storage.head(payload, signal) };
  }

  @OnCommand('storage.delete_object')
  async delete(
    @CommandPayload() payload: ObjectPayload,
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    const { version_id } = await this.storage.delete(payload, signal);
    const { container, path } = payload;
    return {
      data: { deleted: true, version_id },
      events: [eventOf(command, 'storage.object_deleted', { container, path, version_id })],
    };
  }

  @OnCommand('storage.list_objects')
  async list(
    @CommandPayload() payload: ListObjectsPayload,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    return { data: await this.storage.list(payload, signal) };
  }
}

const file = ({ container, path }: ObjectPayload, format: string | null): DataReference =>
  new DataReference({ ref_type: 'file', location: `${container}/${path}`, format });
