import { IsOptional } from 'class-validator';
import { IsName } from '../../../../protocol/index.js';

/** The query of `POST /api/v1/lineage`. */
export class OpenLineageQuery {
  /** The environment of the jobs and steps created by the events. Default `dev`. */
  @IsOptional() @IsName() environment?: string | null;
}
