import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Expose, Type } from 'class-transformer';
import { IsDate, IsEnum, IsIn, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import * as v from 'valibot';
import { z } from 'zod';
import type { AsyncApiDocument } from '../../../src/features/schemas/asyncapi.document.js';
import { describeService } from '../../../src/features/schemas/service.document.js';
import { eventBusTopology, OnBusEvent } from '../../../src/messaging/event-bus/index.js';
import {
  defineTopology,
  jsonCodec,
  mergeTopologies,
  OnBatch,
  OnEvent,
} from '../../../src/transport/index.js';

enum Channel {
  Web = 'web',
  Shop = 'shop',
}
enum Rank {
  First = 1,
  Second = 2,
}

class Line {
  @IsString()
  sku = '';
  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => Line)
  parts?: Line[];
}

class OrderPlaced {
  @IsString()
  id = '';
  @Expose({ name: 'order_channel' })
  @IsEnum(Channel)
  channel = Channel.Web;
  @IsEnum(Rank)
  rank = Rank.First;
  @IsIn([1, 'one', true])
  mixed: unknown = 1;
  @IsDate()
  @Type(() => Date)
  at = new Date(0);
  @ValidateNested({ each: true })
  @Type(() => Line)
  lines: Line[] = [];
  @IsOptional()
  @IsInt()
  cents?: number | null;
}

class UserRegisteredPayload {
  @IsString()
  id = '';
}

@Controller()
class Handlers {
  @OnEvent('order.placed')
  placed(@Payload() _order: OrderPlaced): void {}

  @OnEvent('order.paid', { schema: z.object({ cents: z.int(), at: z.coerce.date() }) })
  paid(@Payload() _paid: object): void {}

  @OnEvent('order.sent', { schema: v.object({ id: v.string() }) })
  sent(@Payload() _sent: object): void {}

  @OnBatch('order.line', { items: Line })
  lines(@Payload() _lines: Line[]): void {}

  @OnBusEvent(UserRegisteredPayload)
  registered(@Payload() _user: UserRegisteredPayload): void {}
}

let document: AsyncApiDocument;
beforeAll(async () => {
  const topology = mergeTopologies(
    defineTopology({
      queues: [
        { name: 'placed', patterns: ['order.placed'], codec: jsonCodec('order.placed') },
        { name: 'others', patterns: ['order.*'] },
      ],
    }),
    eventBusTopology({
      publisherName: 'UserService',
      topics: 'users',
      queues: [{ name: 'welcome', events: [UserRegisteredPayload] }],
    }),
  );
  ({ document } = await describeService(topology, [Handlers]));
});

const payloadOf = (message: string): unknown => document.components.messages[message]?.['payload'];

describe('the messages of an application', () => {
  it('are described by the class of the parameter, under the names its fields have in JSON', () => {
    expect(payloadOf('order.placed')).toEqual({ $ref: '#/components/schemas/OrderPlaced' });
    expect(document.components.schemas['OrderPlaced']).toEqual({
      title: 'OrderPlaced',
      type: 'object',
      properties: {
        id: { type: 'string' },
        order_channel: { type: 'string', enum: ['web', 'shop'] },
        rank: { type: 'number', enum: [1, 2] },
        mixed: { enum: [1, 'one', true] },
        at: { type: 'string', format: 'date-time' },
        lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } },
        cents: { type: ['integer', 'null'] },
      },
      required: ['id', 'order_channel', 'rank', 'mixed', 'at', 'lines'],
    });
  });

  it('may be made of a class that contains itself', () => {
    expect(document.components.schemas['Line']).toMatchObject({
      properties: {
        parts: { type: ['array', 'null'], items: { $ref: '#/components/schemas/Line' } },
      },
      required: ['sku'],
    });
  });

  it('are described by a schema where its library can, and otherwise as anything', () => {
    expect(payloadOf('order.paid')).toMatchObject({
      properties: {
        data: { type: 'object', properties: { cents: { type: 'integer' }, at: {} } },
      },
    });
    expect(payloadOf('order.sent')).toMatchObject({ properties: { data: {} } });
  });

  it('of a batch are its items', () => {
    expect(payloadOf('order.line')).toMatchObject({
      properties: { data: { $ref: '#/components/schemas/Line' } },
    });
  });

  it('of the event bus have its metadata and attributes, and the class of their payload', () => {
    expect(document.components.messages['bus.UserRegistered']).toMatchObject({
      headers: { properties: { eventName: { type: 'string' } } },
      payload: {
        properties: {
          metadata: { properties: { containsPersonalData: { type: 'boolean' } } },
          payload: { $ref: '#/components/schemas/UserRegisteredPayload' },
        },
      },
    });
    expect(document.channels['welcome']).toMatchObject({
      messages: { 'bus.UserRegistered': { $ref: '#/components/messages/bus.UserRegistered' } },
    });
  });
});
