import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { IsNumber, IsString } from 'class-validator';
import type { SnsSqsContext } from 'nestjs-sns-sqs';

class Invoice {
  @IsString() customer!: string;
  @IsNumber() cents!: number;
}

@Controller()
export class InvoicesController {
  readonly first = Promise.withResolvers<void>();

  // Nest's own decorator works as well as @OnEvent.
  @EventPattern<string>('invoice.written')
  written(@Payload() { customer, cents }: Invoice, @Ctx() { receiveCount }: SnsSqsContext): void {
    console.log(`${customer} owes ${cents} cents (receive ${receiveCount})`);
    this.first.resolve();
  }
}
