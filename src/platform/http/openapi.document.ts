import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { packageVersion } from './package-version.js';
import { loadSwagger } from './swagger.js';

/** Builds the description of an application's HTTP routes when it is first asked for. */
export class OpenApiDocument {
  #app: INestApplication | undefined;
  #document: Promise<OpenAPIObject> | undefined;

  /** The application whose routes are described; known only once it is made. */
  describe(app: INestApplication): void {
    this.#app = app;
  }

  get(): Promise<OpenAPIObject> {
    this.#document ??= this.#build();
    return this.#document;
  }

  async #build(): Promise<OpenAPIObject> {
    if (this.#app === undefined) throw new Error('configureHttp was not called');
    const { DocumentBuilder, SwaggerModule } = await loadSwagger();
    const config = new DocumentBuilder()
      .setTitle('Weft')
      .setDescription('Commands, jobs, lineage and sessions over HTTP')
      .setVersion(await packageVersion())
      .addBearerAuth()
      .addSecurityRequirements('bearer')
      .build();
    return SwaggerModule.createDocument(this.#app, config);
  }
}
