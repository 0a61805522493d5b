import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { TOPOLOGY } from '../../messaging/index.js';
import type { Topology } from '../../transport/index.js';
import type { AsyncApiDocument } from './asyncapi.document.js';

/** The AsyncAPI document of the running service, built on first request, as most processes never need it. */
@Injectable()
export class AsyncApiService {
  #document: Promise<AsyncApiDocument> | undefined;

  constructor(
    @Inject(TOPOLOGY) private readonly topology: Topology,
    private readonly modules: ModulesContainer,
  ) {}

  get(): Promise<AsyncApiDocument> {
    return (this.#document ??= this.#build());
  }

  async #build(): Promise<AsyncApiDocument> {
    const { describeService } = await import('./service.document.js');
    const controllers = [...this.modules.values()]
      .flatMap((module) => [...module.controllers.values()])
      .flatMap(({ metatype }) => (typeof metatype === 'function' ? [metatype as Type] : []));
    return (await describeService(this.topology, controllers)).document;
  }
}
