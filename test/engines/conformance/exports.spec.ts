import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect } from '@jest/globals';
import {
  cloudFormation,
  type CloudFormationTemplate,
} from '../../../src/transport/topology/export/index.js';
import { unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import { everything } from '../../transport/topology/export/everything.js';
import { addressOf, engineName, shows } from '../engine.js';
import { Bench } from './harness.js';
import { provisioning, refusal } from './provisioning.js';

const bench = new Bench();
const { create, verify, changesOf } = provisioning(() => bench.stack.aws);

beforeAll(() => Logger.overrideLogger(false));

/** It comes with LocalStack. */
const LINT = new URL('../../../.engines/localstack/bin/cfn-lint', import.meta.url).pathname;

/** CloudFormation is no dependency of Weft, so it is asked without a client. */
async function ask(action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(addressOf(engineName), {
    method: 'POST',
    headers: {
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: new URLSearchParams({ Action: action, Version: '2010-05-15', ...parameters }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

/** Makes a stack. @throws Error with what happened when it does not come to its end. */
async function deploy(stack: string, template: CloudFormationTemplate): Promise<void> {
  await ask('CreateStack', { StackName: stack, TemplateBody: JSON.stringify(template) });
  const status = await waitFor(
    'the stack to be made',
    async () => {
      const text = await ask('DescribeStacks', { StackName: stack });
      return /<StackStatus>(\w+)<\/StackStatus>/.exec(text)?.[1] ?? '';
    },
    { until: (one) => /_(COMPLETE|FAILED)$/.test(one) },
  );
  if (status !== 'CREATE_COMPLETE')
    throw new Error(`${status}: ${await ask('DescribeStackEvents', { StackName: stack })}`);
}

describe('Topology exports', () => {
  shows('CloudFormation makes what verify takes', ['cloudFormation'], async () => {
    const name = unique('export');
    const topology = everything(name);
    expect(await refusal(verify(topology))).toContain('does not exist');
    await deploy(name, cloudFormation(topology, { alarms: {} }));
    await verify(topology);
    expect(await changesOf(() => create(topology))).toEqual([]);
  });

  shows('cfn-lint finds nothing to say of a template', ['cloudFormation'], async () => {
    const topology = everything('linted');
    const actions = ['arn:aws:sns:us-east-1:111122223333:pager'];
    const file = join(tmpdir(), `${unique('template')}.json`);
    await writeFile(file, JSON.stringify(cloudFormation(topology, { alarms: { actions } })));
    const { stdout } = await promisify(execFile)(LINT, ['--format', 'parseable', file]).catch(
      (error: { stdout: string }) => error,
    );
    await rm(file);
    expect(stdout).toBe('');
  });
});
