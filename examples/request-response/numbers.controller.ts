import { Controller, Module } from '@nestjs/common';
import { Payload, RpcException } from '@nestjs/microservices';
import { range, type Observable } from 'rxjs';
import { OnRequest } from 'nestjs-sns-sqs';

@Controller()
class NumbersController {
  @OnRequest('number.root')
  root(@Payload() value: number): number {
    // The caller gets what an RpcException carries; of any other error only "Internal server error".
    if (value < 0) throw new RpcException(`${value} has no real root`);
    return Math.sqrt(value);
  }

  /** An answer in parts: they arrive in order, and the last one says how many there were. */
  @OnRequest('number.count')
  count(@Payload() upTo: number): Observable<number> {
    return range(1, upTo);
  }
}

@Module({ controllers: [NumbersController] })
export class NumbersModule {}
