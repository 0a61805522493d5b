import { Module, ValidationPipe, type DynamicModule } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { mergeTopologies, SnsSqsModule, type AwsClientsOptions } from 'nestjs-sns-sqs';
import { EventBusModule, eventBusTopology } from 'weft/event-bus';
import { OutboxModule } from 'weft/outbox';
import { PersistenceModule } from 'weft/persistence';
import { TasksModule, tasksTopology } from 'weft/tasks';
import { RegisterUserTask } from './register-user.task.js';
import { USER_BUS, USER_TASKS } from './registration.options.js';
import { UsersController } from './users.controller.js';

@Module({})
export class RegistrationModule {
  static forRoot(aws: AwsClientsOptions): DynamicModule {
    return {
      module: RegistrationModule,
      imports: [
        PersistenceModule.forRoot({ kind: 'embedded' }), // or { kind: 'mongodb', uri }
        SnsSqsModule.forRoot({
          topology: mergeTopologies(eventBusTopology(USER_BUS), tasksTopology(USER_TASKS)),
          aws,
          provision: 'create',
          server: { waitTimeS: 1 },
        }),
        OutboxModule,
        EventBusModule.forRoot(USER_BUS),
        TasksModule.forRoot(USER_TASKS),
      ],
      controllers: [UsersController],
      providers: [
        RegisterUserTask,
        { provide: APP_PIPE, useValue: new ValidationPipe({ transform: true, whitelist: true }) },
      ],
    };
  }
}
