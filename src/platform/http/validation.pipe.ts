import { ValidationPipe } from '@nestjs/common';
import { invalidFieldsError, violationsOf } from '../../protocol/index.js';

/** Reads bodies and queries as their classes: unknown fields are dropped, wrong ones named. */
export const validationPipe = (): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    exceptionFactory: (errors) => invalidFieldsError(violationsOf(errors)),
  });
