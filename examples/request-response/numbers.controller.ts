import { Controller, Module } from '@nestjs/common';
import { Payload, RpcException } from '@nestjs/microservices';
import { range, type Observable } from 'rxjs';
import { OnRequest } from 'nestjs-sns-sqs';

@Controller()
class NumbersController {
  @OnRequest('number.root')
  root(@Payload() value: number): number {
    // The caller gets the contents of an RpcException; for any other error only "Internal server error".
    if (value < 0) throw new RpcException(`${value} has no real root`);
    return Math.sqrt(value);
  }

  /** An answer in parts, which the caller gets in order. */
  @OnRequest('number.count')
  count(@Payload() upTo: number): Observable<number> {
    return range(1, upTo);
  }
}

@Module({ controllers: [NumbersController] })
export class NumbersModule {}
