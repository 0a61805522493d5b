import { Module } from '@nestjs/common';
import { OpenApiController } from './openapi.controller.js';
import { OpenApiDocument } from './openapi.document.js';
import { OpenResponses } from './open-responses.js';

/** The API's description, and an end for open answers at shutdown. Goes with `configureHttp`. */
@Module({
  controllers: [OpenApiController],
  providers: [OpenApiDocument, OpenResponses],
  exports: [OpenApiDocument, OpenResponses],
})
export class HttpModule {}
