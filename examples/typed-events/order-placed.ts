import { Type } from 'class-transformer';
import { IsDate, IsInt, IsString } from 'class-validator';

export class OrderPlaced {
  @IsString() id!: string;
  @IsInt() cents!: number;
  @IsDate() @Type(() => Date) at!: Date;

  static of(id: string, cents: number): OrderPlaced {
    return Object.assign(new OrderPlaced(), { id, cents, at: new Date() });
  }
}
