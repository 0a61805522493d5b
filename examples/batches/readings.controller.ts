import { Controller, Module } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { IsNumber, IsString } from 'class-validator';
import { OnBatch, RetryableError, SnsSqsBatchContext } from 'nestjs-sns-sqs';

export class Reading {
  @IsString() sensor!: string;
  @IsNumber() celsius!: number;
}

/** Resolves with every stored sensor once there are as many as were sent. */
export const stored = Promise.withResolvers<readonly string[]>();

const SENSORS = 6;
const table: string[] = [];

@Controller()
class ReadingsController {
  /** One write for many messages. An invalid reading fails alone, before this. */
  @OnBatch('reading.taken', { items: Reading, maxMessages: 50 })
  taken(@Payload() readings: Reading[], @Ctx() context: SnsSqsBatchContext): void {
    readings.forEach(({ sensor }, index) => {
      // It alone is redelivered; the others are acknowledged.
      if (sensor === 's-3' && context.messages[index]?.receiveCount === 1) {
        context.fail(index, new RetryableError('The row of s-3 is locked'));
      } else table.push(sensor);
    });
    console.log(`a batch of ${readings.length}`);
    if (table.length === SENSORS) stored.resolve(table);
  }
}

@Module({ controllers: [ReadingsController] })
export class ReadingsModule {}
