import { Controller, Module, type DynamicModule, type Type } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { SnsSqsModule, type AwsClientsOptions } from 'nestjs-sns-sqs';
import { BusEvent, eventBusTopology, OnBusEvent, type EventBusOptions } from 'weft/event-bus';
import { UserRegisteredPayload, UserRegistrationFailedPayload } from './user.events.js';

/** Gets only the events of registered users. */
@Controller()
export class WelcomeController {
  @OnBusEvent(UserRegisteredPayload)
  welcome(@Payload() user: UserRegisteredPayload): void {
    console.log(`Welcome ${user.email}`);
  }
}

/** Gets failed registrations; `metadata` describes the event. */
@Controller()
export class SupportController {
  @OnBusEvent(UserRegistrationFailedPayload)
  look(@Payload() { metadata, payload }: BusEvent<UserRegistrationFailedPayload>): void {
    console.log(`${metadata.eventName}: ${payload.detail} (${payload.code})`);
  }
}

/** A separate service that subscribes. */
@Module({})
export class SubscriberModule {
  static forRoot(bus: EventBusOptions, controller: Type, aws: AwsClientsOptions): DynamicModule {
    const topology = eventBusTopology(bus);
    const transport = { topology, aws, provision: 'create', server: { waitTimeS: 1 } } as const;
    return {
      module: SubscriberModule,
      imports: [SnsSqsModule.forRoot(transport)],
      controllers: [controller],
    };
  }
}
