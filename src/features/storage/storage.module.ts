import { Module } from '@nestjs/common';
import { StorageController } from './storage.controller.js';
import { StorageService } from './storage.service.js';

/** Storage Commands. Requires `AwsClients` and the messaging module. */
@Module({ controllers: [StorageController], providers: [StorageService] })
export class StorageModule {}
