import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnEvent } from 'nestjs-sns-sqs';

export interface SettingChanged {
  readonly key: string;
}

/** This process's cached settings; read again once they are forgotten. */
export class Cache {
  readonly #settings = new Map([['theme', 'light']]);

  forget(key: string): void {
    this.#settings.delete(key);
  }

  has(key: string): boolean {
    return this.#settings.has(key);
  }
}

@Controller()
class CacheController {
  constructor(private readonly cache: Cache) {}

  @OnEvent('setting.changed')
  changed(@Payload() { key }: SettingChanged): void {
    this.cache.forget(key);
  }
}

@Module({ controllers: [CacheController], providers: [Cache] })
export class CacheModule {}
