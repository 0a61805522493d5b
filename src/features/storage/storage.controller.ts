import { Ctx } from '@nestjs/microservices';
import {
  CommandController,
  CommandMessage,
  CommandPayload,
  OnCommand,
  trying,
} from '../../messaging/index.js';
import { Command, DataReference, eventOf, type Event, type Outcome } from '../../protocol/index.js';
import { SnsSqsContext } from '../../transport/index.js';
import {
  CopyObjectPayload,
  ListObjectsPayload,
  ObjectPayload,
  PresignPayload,
  PutObjectPayload,
} from './storage.dto.js';
import { StorageService, type StoredObject } from './storage.service.js';

@CommandController('storage')
export class StorageController {
  constructor(private readonly storage: StorageService) {}

  @OnCommand('storage.put_object')
  async put(
    @CommandPayload() payload: PutObjectPayload,
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    const stored = await this.storage.put(payload, command.correlation_id, signal);
    return {
      data: { etag: stored.etag, version_id: stored.version_id },
      outputs: [file(payload, stored.content_type)],
      events: [created(command, payload, stored)],
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

  @OnCommand('storage.copy_object')
  async copy(
    @CommandPayload() payload: CopyObjectPayload,
    @CommandMessage() command: Command,
    @Ctx() { signal }: SnsSqsContext,
  ): Promise<Outcome> {
    const { source, target } = payload;
    const copied = await trying({ inputs: [file(source, null)] }, () =>
      this.storage.copy(payload, signal),
    );
    return {
      data: { etag: copied.etag, version_id: copied.version_id },
      inputs: [file(source, copied.content_type)],
      outputs: [file(target, copied.content_type)],
      events: [created(command, target, copied)],
    };
  }

  @OnCommand('storage.presign')
  async presign(@CommandPayload() payload: PresignPayload): Promise<Outcome> {
    return { data: await this.storage.presign(payload) };
  }
}

const created = (
  command: Command,
  { container, path }: ObjectPayload,
  { etag, version_id, content_type, size }: StoredObject,
): Event =>
  eventOf(command, 'storage.object_created', {
    container,
    path,
    etag,
    version_id,
    content_type,
    size,
  });

const file = ({ container, path }: ObjectPayload, format: string | null): DataReference =>
  new DataReference({ ref_type: 'file', location: `${container}/${path}`, format });
