import { Module } from '@nestjs/common';
import { OpenApiController } from './openapi.controller.js';
import { OpenApiDocument } from './openapi.document.js';
import { OpenResponses } from './open-responses.js';

/** The description of the API, and the closing of open answers at shutdown. Use it together with `configureHttp`. */
@Module({
  controllers: [OpenApiController],
  providers: [OpenApiDocument, OpenResponses],
  exports: [OpenApiDocument, OpenResponses],
})
export class HttpModule {}
