import { IsOptional } from 'class-validator';
import { NamesFirstMissing } from '../../../messaging/index.js';
import { IsName, IsTime, MAX_LOCATION_LENGTH } from '../../../protocol/index.js';
import { Between, IsFlag, NumberInText, OneOf } from '../registry.dto.js';
import { LINEAGE_DIRECTIONS, MAX_LINEAGE_DEPTH } from './lineage.constants.js';

export type LineageDirection = (typeof LINEAGE_DIRECTIONS)[number];

/** Payload of `get_lineage`, and the query of `GET /api/lineage`. */
@NamesFirstMissing()
export class GetLineagePayload {
  @IsName(MAX_LOCATION_LENGTH) location!: string;
  /** Default `both`. */
  @IsOptional() @OneOf(LINEAGE_DIRECTIONS) direction?: LineageDirection | null;
  /** Default: all. */
  @IsOptional() @IsName() environment?: string | null;
  /** Distance in steps from the location; above 1 the answer has a graph. Default 1. */
  @NumberInText() @IsOptional() @Between(1, MAX_LINEAGE_DEPTH) depth?: number | null;
  /** Only writes and reads up to this time. Default: now. */
  @IsOptional() @IsTime() as_of?: string | null;
  /** A column of the location: the answer has the columns it is made from, and those made from it. */
  @IsOptional() @IsName() column?: string | null;
  /** Whether to add everything downstream of the location, and the jobs to run again. Default false. */
  @IsOptional() @IsFlag() impact?: boolean | string | null;
}

/** The query of `GET /api/steps/{id}/lineage`. */
export class RunLineageQuery {
  /** `producers` are the runs whose versions it read, `consumers` those that read its own. Default `both`. */
  @IsOptional() @OneOf(LINEAGE_DIRECTIONS) direction?: LineageDirection | null;
  /** Default 1. */
  @NumberInText() @IsOptional() @Between(1, MAX_LINEAGE_DEPTH) depth?: number | null;
}

/** Payload of `get_run_lineage`. */
@NamesFirstMissing()
export class GetRunLineagePayload extends RunLineageQuery {
  @IsName() step_id!: string;
}
