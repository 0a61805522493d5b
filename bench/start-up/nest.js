import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

class AppModule {}
Module({})(AppModule);

await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
process.send('listening');
setInterval(() => undefined, 1000);
