// One receive of ten hostile messages, in a process of its own. Prints what it took: { settled, peakMb, beforeMb }.
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClients, type AwsClientsOptions } from '../../../src/aws/index.js';
import {
  connectSnsSqs,
  defineTopology,
  OnEvent,
  SnsSqsServer,
} from '../../../src/transport/index.js';

class Item {
  @IsString() a!: string;
  @IsString() b!: string;
  @IsInt() c!: number;
}

class Items {
  @ValidateNested({ each: true })
  @Type(() => Item)
  items!: Item[];
}

let handled = 0;

@Controller()
class Hostile {
  @OnEvent('items')
  items(@Payload() _items: Items): void {}

  @OnEvent('large')
  async large(@Payload() _large: unknown): Promise<void> {
    await sleep(20);
    handled += 1;
  }
}

@Module({ controllers: [Hostile] })
class App {}

const [queue = '', clients = '', messages = ''] = process.argv.slice(2);
const topology = defineTopology({ queues: [{ name: queue, patterns: ['items', 'large'] }] });
const aws = new AwsClients(JSON.parse(clients) as AwsClientsOptions);
let failed = 0;
const observer = { failed: () => void (failed += 1) };
const server = new SnsSqsServer({
  topology,
  aws,
  payloadBucket: 'payloads',
  observer,
  provision: 'verify',
});
const app = await NestFactory.create(App, { logger: false });
connectSnsSqs(app, server);
const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const beforeMb = megabytes(process.memoryUsage.rss());
await app.init();
await app.startAllMicroservices();
while (handled + failed < Number(messages)) await sleep(50);
const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ settled: handled + failed, beforeMb, peakMb }));
process.exit(0);
