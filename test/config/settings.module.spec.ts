import { Inject, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  SETTINGS,
  SettingsModule,
  type Settings,
} from '../../src/config/index.js';

@Injectable()
class Reader {
  constructor(@Inject(SETTINGS) readonly settings: Settings) {}
}

describe('SettingsModule', () => {
  it('injects the settings', async () => {
    const module = await Test.createTestingModule({
      imports: [SettingsModule.forRoot({ env: { PORT: '4000' } })],
      providers: [Reader],
    }).compile();
    expect(module.get(Reader).settings.http.port).toBe(4000);
  });

  it('keeps the application from starting with every fault in one error', async () => {
    const start = NestFactory.createApplicationContext(
      SettingsModule.forRoot({ env: { PORT: 'x', HOST: 'a b' } }),
      { logger: false, abortOnError: false },
    );
    await expect(start).rejects.toBeInstanceOf(ConfigurationError);
    await expect(start).rejects.toMatchObject({
      faults: [{ variable: 'HOST' }, { variable: 'PORT' }],
    });
  });
});
