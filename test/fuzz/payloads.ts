import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';

class Reference {
  @IsString() @MaxLength(20) ref_type!: string;
  @IsString() location!: string;
}

/** A payload class of an application, with what applications use. */
export class Checked {
  @IsOptional() @IsString() id?: string;
  @IsOptional() @IsIn(['success', 'error']) status?: string;
  @IsOptional() @IsEmail() session_id?: string;
  @IsOptional() @IsInt() sequence?: number;
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(3)
  @ValidateNested({ each: true })
  @Type(() => Reference)
  inputs?: Reference[];
  @IsOptional() @ValidateNested() @Type(() => Reference) data?: Reference;
  @IsOptional() @Type(() => Date) timestamp?: Date;
  @IsOptional() @Type(() => String) path?: string;
  @IsOptional() @Type(() => Number) limit?: number;
  @IsOptional() metadata?: unknown;
}
