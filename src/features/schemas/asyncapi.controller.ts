import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, NotFoundException, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ApiExcludeController, Public } from '../../platform/http/index.js';
import type { AsyncApiDocument } from './asyncapi.document.js';
import { AsyncApiService } from './asyncapi.service.js';
import { ASYNCAPI_PAGE_PATH, ASYNCAPI_PATH } from './schemas.constants.js';

/** Files of `@asyncapi/react-component`; public, as they contain nothing about this service. */
const ASSETS: Readonly<Record<string, string>> = {
  'asyncapi.js': 'browser/standalone/index.js',
  'asyncapi.css': 'styles/default.min.css',
};

/** The description of topics, queues and messages, for programs and as a page. */
@ApiExcludeController()
@Controller()
export class AsyncApiController {
  constructor(private readonly document: AsyncApiService) {}

  @Get(ASYNCAPI_PATH)
  json(): Promise<AsyncApiDocument> {
    return this.document.get();
  }

  // The page's parser compiles schemas to functions, which needs 'unsafe-eval'; nothing is loaded from other hosts.
  @Get(ASYNCAPI_PAGE_PATH)
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header(
    'Content-Security-Policy',
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
  )
  page(): Promise<string> {
    return readFile(new URL('./asyncapi.page.html', import.meta.url), 'utf8');
  }

  /** The page's script as a file, because its security policy allows no inline script. */
  @Get(`${ASYNCAPI_PAGE_PATH}/start.js`)
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  async start(): Promise<string> {
    const schema = JSON.stringify(await this.document.get());
    return `AsyncApiStandalone.render({ schema: ${schema}, config: { show: { sidebar: true } } }, document.getElementById('document'));\n`;
  }

  @Public()
  @Get(`${ASYNCAPI_PAGE_PATH}/:asset`)
  asset(@Param('asset') asset: string, @Res() response: Response): void {
    const file = Object.hasOwn(ASSETS, asset) ? ASSETS[asset] : undefined;
    if (file === undefined)
      throw new NotFoundException(`No such page: ${ASYNCAPI_PAGE_PATH}/${asset}`);
    response.sendFile(file, { root: componentFolder(), maxAge: '1h' });
  }
}

function componentFolder(): string {
  const main = createRequire(import.meta.url).resolve('@asyncapi/react-component');
  const name = join('@asyncapi', 'react-component');
  return main.slice(0, main.lastIndexOf(name) + name.length) || dirname(main);
}
