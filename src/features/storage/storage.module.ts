import { Module } from '@nestjs/common';
import { StorageController } from './storage.controller.js';
import { StorageService } from './storage.service.js';

/** Storage Commands. Expects `AwsClients` and the messaging module to be there. */
@Module({ controllers: [StorageController], providers: [StorageService] })
export class StorageModule {}
