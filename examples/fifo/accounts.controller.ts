import { Controller, Module } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, RetryableError, SnsSqsContext } from 'nestjs-sns-sqs';

/** Resolves with the handled steps once every account is closed. */
export const closed = Promise.withResolvers<readonly string[]>();

const ACCOUNTS = 2;
const handled: string[] = [];

@Controller()
class AccountsController {
  @OnEvent('account.changed')
  changed(@Payload() step: string, @Ctx() { group, receiveCount }: SnsSqsContext): void {
    // The group waits behind its failed message; the other group goes on.
    if (group === 'Ada' && step === 'paid in' && receiveCount === 1) {
      throw new RetryableError('The ledger is busy');
    }
    handled.push(`${group} ${step}`);
    if (handled.filter((one) => one.endsWith('closed')).length === ACCOUNTS) {
      closed.resolve(handled);
    }
  }
}

@Module({ controllers: [AccountsController] })
export class AccountsModule {}
