import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Controller, Get, Header, NotFoundException, Param, Res } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from './api-key.guard.js';
import { DOCS_PATH, ERRORS_PATH, OPENAPI_PATH } from './http.constants.js';
import { OpenApiDocument } from './openapi.document.js';
import { ApiExcludeController } from './swagger.js';

const ASSETS = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);

/** The description of the HTTP routes, for programs and as a page. */
@ApiExcludeController()
@Controller()
export class OpenApiController {
  constructor(private readonly document: OpenApiDocument) {}

  @Get(OPENAPI_PATH)
  json(): Promise<OpenAPIObject> {
    return this.document.get();
  }

  @Get(DOCS_PATH)
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header(
    'Content-Security-Policy',
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
  )
  page(): Promise<string> {
    return readFile(new URL('./docs.page.html', import.meta.url), 'utf8');
  }

  /** The page's script as a file, because its security policy allows no inline script. */
  @Get(`${DOCS_PATH}/start.js`)
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  async start(): Promise<string> {
    const document = JSON.stringify(await this.document.get());
    return `SwaggerUIBundle({ dom_id: '#docs', deepLinking: true, spec: ${document} });\n`;
  }

  /** Serves docs/errors.md, which the `type` of every problem document refers to. */
  @Public()
  @Get(ERRORS_PATH)
  @Header('Content-Type', 'text/markdown; charset=utf-8')
  errors(): Promise<string> {
    return readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  }

  /** Files of swagger-ui; public, as they contain nothing about this service. */
  @Public()
  @Get(`${DOCS_PATH}/:asset`)
  asset(@Param('asset') asset: string, @Res() response: Response): void {
    if (!ASSETS.has(asset)) throw new NotFoundException(`No such page: ${DOCS_PATH}/${asset}`);
    response.sendFile(asset, { root: swaggerUiFolder(), maxAge: '1h' });
  }
}

/** swagger-ui is a dependency of @nestjs/swagger, not of ours. */
function swaggerUiFolder(): string {
  const ours = createRequire(import.meta.url);
  const swaggers = createRequire(ours.resolve('@nestjs/swagger'));
  return dirname(swaggers.resolve('swagger-ui-dist/package.json'));
}
