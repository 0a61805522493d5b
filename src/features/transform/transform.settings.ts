import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  defineSettings,
  isPlainText,
  matches,
  Setting,
  whereNamed,
  wholeNumber,
} from '../../platform/config/index.js';

/** SQS allows a message to be handled for at most 12 hours. */
const MAX_TIMEOUT_S = 43_200;

class TransformEnvironment {
  @Setting({
    meaning: 'The folder of the dbt project. Without one there are no transform Commands.',
    default: 'none',
    accepts: 'a folder with a dbt_project.yml',
    check: isPlainText,
    required: whereNamed('transform'),
  })
  readonly DBT_PROJECT_DIR?: string;

  @Setting({
    meaning: 'The folder of profiles.yml.',
    default: 'as dbt finds it',
    accepts: 'a folder',
    check: isPlainText,
  })
  readonly DBT_PROFILES_DIR?: string;

  @Setting({
    meaning: 'The target of the profile.',
    default: "the profile's own",
    accepts: 'the name of a target',
    check: matches(/^[\w.-]{1,100}$/),
  })
  readonly DBT_TARGET?: string;

  @Setting({
    meaning: 'The program dbt.',
    default: 'dbt',
    accepts: 'a program on the PATH, or a path',
    check: isPlainText,
  })
  readonly DBT_COMMAND?: string;

  @Setting({
    meaning: 'Seconds after which dbt is stopped, and the Command answered with an error.',
    default: '840',
    ...wholeNumber(1, MAX_TIMEOUT_S),
  })
  readonly DBT_TIMEOUT_SECONDS?: string;
}

/** The options of dbt, from the settings; undefined without a project. */
export interface TransformOptions {
  readonly projectDir: string;
  readonly profilesDir?: string;
  readonly target?: string;
  readonly command: string;
  readonly timeoutMs: number;
  /** Parent of the runs' folders, each of which is deleted when its run ends. */
  readonly runsDir: string;
}

export const transformSettings = defineSettings({
  title: 'Transform',
  environment: TransformEnvironment,
  read(written, { dataDir }): TransformOptions | undefined {
    const { DBT_PROJECT_DIR, DBT_PROFILES_DIR, DBT_TARGET } = written;
    if (DBT_PROJECT_DIR === undefined) return undefined;
    return {
      projectDir: resolve(DBT_PROJECT_DIR),
      ...(DBT_PROFILES_DIR !== undefined && { profilesDir: resolve(DBT_PROFILES_DIR) }),
      ...(DBT_TARGET !== undefined && { target: DBT_TARGET }),
      command: written.DBT_COMMAND ?? 'dbt',
      timeoutMs: Number(written.DBT_TIMEOUT_SECONDS ?? 840) * 1000,
      runsDir:
        dataDir === ':memory:' ? join(tmpdir(), 'weft-transform') : resolve(dataDir, 'transform'),
    };
  },
});
