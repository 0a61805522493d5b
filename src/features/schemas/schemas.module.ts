import { Module } from '@nestjs/common';
import { AsyncApiController } from './asyncapi.controller.js';
import { AsyncApiService } from './asyncapi.service.js';

/** The AsyncAPI document over HTTP. */
@Module({ controllers: [AsyncApiController], providers: [AsyncApiService] })
export class SchemasModule {}
