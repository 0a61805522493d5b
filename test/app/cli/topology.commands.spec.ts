import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CommanderError } from 'commander';
import { TestContext } from './test.context.js';

let weft: TestContext;
beforeEach(async () => {
  weft = await TestContext.start();
});
afterEach(() => weft.stop());

describe('weft topology', () => {
  it('plans what is missing, changes nothing without --yes, and verifies what apply made', async () => {
    await weft.run('topology', 'plan');
    expect(weft.code).toBe(3);
    expect(weft.printed?.text).toContain('create topic pudato-storage-commands');
    expect(JSON.parse(JSON.stringify(weft.printed?.json))).toMatchObject({
      changes: expect.arrayContaining([
        expect.objectContaining({ action: 'create', kind: 'topic', name: 'pudato-results' }),
      ]),
      problems: [],
    });

    await weft.run('topology', 'apply');
    expect(weft.code).toBe(3);
    expect(weft.printed?.json).toMatchObject({ applied: false });
    expect(weft.printed?.text).toContain('Nothing was changed. To make the changes, add --yes.');
    await weft.run('topology', 'verify');
    expect(weft.code).toBe(3);

    await weft.run('topology', 'apply', '--yes');
    expect(weft.code).toBe(0);
    expect(weft.printed?.json).toMatchObject({ applied: true });
    await weft.run('topology', 'verify', '--json');
    expect(weft.code).toBe(0);
    expect(weft.printed).toEqual({
      json: { differences: [] },
      text: 'Topics, queues and subscriptions match the declared topology.',
    });
  });

  it('exports templates that name no account and no region', async () => {
    await weft.run('topology', 'export', 'cloudformation');
    expect(weft.printed?.json).toMatchObject({ AWSTemplateFormatVersion: '2010-09-09' });
    await weft.run('topology', 'export', 'terraform');
    expect(weft.printed?.json).toMatchObject({
      resource: { aws_sqs_queue: { QueuePudatoStorageQueue: { name: 'pudato-storage-queue' } } },
    });
  });

  it.each([
    ['cloudformation', '--account', '111122223333'],
    ['terraform', '--region', 'eu-central-1'],
    ['cloudformation', '--role', 'storage'],
  ])('refuses a template of %s with %s, which only policies have', async (...given) => {
    await expect(weft.run('topology', 'export', ...given)).rejects.toThrow(
      'names no account, region or role',
    );
  });

  it('names the options that were typed where their values are wrong', async () => {
    const iam = ['topology', 'export', 'iam', '--account', '111122223333'];
    await expect(weft.run(...iam, '--role', 'nope')).rejects.toThrow(
      /--role names roles that do not exist: nope\./,
    );
    await expect(weft.run(...iam, '--region', 'not a region')).rejects.toThrow(/ {2}--region /);
  });

  it('exports a policy for each role, with the rights of its own queues alone', async () => {
    weft.env['STORAGE_CONTAINERS'] = 'data';
    const place = ['--account', '111122223333', '--region', 'eu-central-1'];
    await weft.run('topology', 'export', 'iam', ...place);
    interface Exported {
      readonly roles: Record<string, { Statement: { Sid: string; Resource: string[] }[] }>;
    }
    const roles = (weft.printed?.json as Exported | undefined)?.roles ?? {};
    expect(Object.keys(roles)).toEqual(expect.arrayContaining(['storage', 'registry', 'results']));
    const statement = (role: string, sid: string) =>
      roles[role]?.Statement.find(({ Sid: id }) => id === sid)?.Resource;
    expect(statement('storage', 'Receive')).toEqual([
      'arn:aws:sqs:eu-central-1:111122223333:pudato-storage-queue',
    ]);
    expect(statement('storage', 'Publish')).toEqual([
      'arn:aws:sns:eu-central-1:111122223333:pudato-results',
      'arn:aws:sns:eu-central-1:111122223333:pudato-events',
    ]);
    expect(statement('registry', 'Objects')).toBeUndefined();
    expect(statement('storage', 'Objects')).toEqual(['arn:aws:s3:::data/*']);
    const sids = roles['storage']?.Statement.map(({ Sid: id }) => id) ?? [];
    expect(sids).toEqual([...new Set(sids)]);
  });

  it('asks for the account and the region that policies name', async () => {
    await expect(weft.run('topology', 'export', 'iam', '--region', 'eu-central-1')).rejects.toThrow(
      /--account 111122223333/,
    );
    await expect(
      weft.run('topology', 'export', 'iam', '--account', '111122223333'),
    ).rejects.toThrow('Missing required environment variable: AWS_REGION');
  });

  it('refuses a format it does not have as a wrong command line', async () => {
    await expect(weft.run('topology', 'export', 'pulumi')).rejects.toBeInstanceOf(CommanderError);
  });
});
