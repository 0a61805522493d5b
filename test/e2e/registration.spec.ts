import { GetSubscriptionAttributesCommand, ListSubscriptionsCommand } from '@aws-sdk/client-sns';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RegistrationModule } from '../../examples/registration/registration.module.js';
import { SUPPORT_BUS, WELCOME_BUS } from '../../examples/registration/registration.options.js';
import {
  SubscriberModule,
  SupportController,
  WelcomeController,
} from '../../examples/registration/subscribers.js';
import { USERS } from '../../examples/registration/user.js';
import { DocumentStore } from '../../src/platform/persistence/index.js';
import { connectSnsSqs, SnsSqsServer } from '../../src/transport/index.js';
import { TestStack } from '../support/transport.js';
import { waitFor } from '../support/wait.js';

let stack: TestStack;
let registration: INestApplication;
let url: string;
const apps: INestApplication[] = [];
const said: string[] = [];

beforeAll(async () => {
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void said.push(String(line)));
  stack = await TestStack.start();
  const aws = stack.clientOptions();
  for (const module of [
    RegistrationModule.forRoot(aws),
    SubscriberModule.forRoot(WELCOME_BUS, WelcomeController, aws),
    SubscriberModule.forRoot(SUPPORT_BUS, SupportController, aws),
  ]) {
    const app = (
      await Test.createTestingModule({ imports: [module] }).compile()
    ).createNestApplication({ logger: false });
    apps.push(app);
    connectSnsSqs(app);
    await app.init();
    await app.startAllMicroservices();
  }
  [registration] = apps as [INestApplication];
  await registration.listen(0, '127.0.0.1');
  url = `${await registration.getUrl()}/api/users`;
});
afterEach(() => void said.splice(0));
afterAll(async () => {
  const drained = apps.map((app) => app.get(SnsSqsServer).close());
  stack.endLongPolls();
  await Promise.all(drained);
  await Promise.all(apps.map((app) => app.close()));
  await stack.stop();
  jest.restoreAllMocks();
});

const register = (body: unknown): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const userOf = (id: string) =>
  registration
    .get<DocumentStore>(DocumentStore)
    .collection(USERS)
    .findOne({ _id: { $eq: id } });

/** Resolves when every message of these queues is handled. */
const emptied = async (...queues: string[]): Promise<void> => {
  for (const queue of queues) await stack.emptied(queue);
};

describe('POST /api/users', () => {
  it('activates the user by its task, and only the service that asked for UserRegistered hears of it', async () => {
    const response = await register({ email: 'ada@example.org' });
    expect(response.status).toBe(200);
    const { status, user_id: id } = (await response.json()) as { status: string; user_id: string };
    expect(status).toBe('ok');
    await waitFor('the subscriber to be notified', () => said.length > 0);
    await emptied('user-tasks', 'welcome-events', 'support-events');
    expect(said).toEqual(['Welcome ada@example.org']);
    expect(await userOf(id)).toMatchObject({ email: 'ada@example.org', isActive: true });
  });

  it('leaves a user as it is whose task fails, and only the service that asked for UserRegistrationFailed hears of it', async () => {
    const response = await register({ email: 'nobody@nowhere.invalid' });
    const { user_id: id } = (await response.json()) as { user_id: string };
    await waitFor('the subscriber to be notified', () => said.length > 0);
    await emptied('user-tasks', 'welcome-events', 'support-events');
    expect(said).toEqual([
      'UserRegistrationFailed: No mail reaches this address (ADDRESS_UNREACHABLE)',
    ]);
    expect(await userOf(id)).toMatchObject({ isActive: false });
  });

  it('refuses what is no address, and enqueues nothing', async () => {
    const response = await register({ email: { $ne: '' } });
    expect(response.status).toBe(400);
    await emptied('user-tasks');
    expect(said).toEqual([]);
  });

  it('subscribes each service by a filter policy, so that SNS sends it nothing else', async () => {
    const policies = await Promise.all(
      ['welcome-events', 'support-events'].map((queue) => filterPolicyOf(queue)),
    );
    expect(policies).toEqual([
      { eventName: ['UserRegistered'] },
      { eventName: ['UserRegistrationFailed'] },
    ]);
  });
});

async function filterPolicyOf(queue: string): Promise<unknown> {
  const { Subscriptions = [] } = await stack.aws.sns.send(new ListSubscriptionsCommand({}));
  const found = Subscriptions.find(({ Endpoint = '' }) => Endpoint.endsWith(`:${queue}`));
  const { Attributes = {} } = await stack.aws.sns.send(
    new GetSubscriptionAttributesCommand({ SubscriptionArn: found?.SubscriptionArn }),
  );
  return JSON.parse(Attributes['FilterPolicy'] ?? 'null');
}
