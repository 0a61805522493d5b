import { IsInt, IsString, Min } from 'class-validator';

/** Validated before the handler runs; an invalid message goes to the dead-letter queue. */
export class OrderPlaced {
  @IsString() id!: string;
  @IsString() customer!: string;
  /** Cents. */
  @IsInt() @Min(1) amount!: number;
}

export class TotalQuery {
  @IsString() customer!: string;
}
