import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { connectSnsSqs } from 'nestjs-sns-sqs';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { RegistrationModule } from './registration.module.js';
import { SUPPORT_BUS, WELCOME_BUS } from './registration.options.js';
import { SubscriberModule, SupportController, WelcomeController } from './subscribers.js';

const embedded = await EmbeddedAws.start(); // in place of AWS, for three services in one process
const aws = embedded.clientOptions();
const apps = await Promise.all(
  [
    RegistrationModule.forRoot(aws),
    SubscriberModule.forRoot(WELCOME_BUS, WelcomeController, aws),
    SubscriberModule.forRoot(SUPPORT_BUS, SupportController, aws),
  ].map((module) => NestFactory.create(module, { logger: ['error'] })),
);
for (const app of apps) {
  connectSnsSqs(app);
  app.enableShutdownHooks();
  await app.init();
  await app.startAllMicroservices();
}
await apps[0]?.listen(process.env['PORT'] ?? 0, '127.0.0.1');
const url = `${await apps[0]?.getUrl()}/api/users`;

for (const email of ['ada@example.org', 'nobody@nowhere.invalid']) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  });
  const { status } = (await response.json()) as { status: string };
  console.log(`POST ${email}: ${status}`);
}
console.log('Ctrl-C ends the service');
