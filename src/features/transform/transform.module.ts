import { Module, type DynamicModule } from '@nestjs/common';
import { DbtRunner } from './dbt/dbt-runner.js';
import { TransformController } from './transform.controller.js';
import { TransformService } from './transform.service.js';
import type { TransformOptions } from './transform.settings.js';

/** dbt by Commands. Requires the messaging module. */
@Module({})
export class TransformModule {
  static forRoot(options: TransformOptions | undefined): DynamicModule {
    if (options === undefined) return { module: TransformModule };
    return {
      module: TransformModule,
      controllers: [TransformController],
      providers: [
        { provide: DbtRunner, useFactory: () => new DbtRunner(options) },
        TransformService,
      ],
    };
  }
}
