import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createConnection, Schema, type Connection } from 'mongoose';
import { mongooseRepository } from '../../../src/messaging/tasks/index.js';
import { tasksContract } from '../../messaging/tasks/tasks.contract.js';
import { USER_REPOSITORY, type User } from '../../messaging/tasks/users.fixture.js';
import { addressOf } from '../engine.js';

const uri = addressOf('mongo-java-server');
const databaseName = (): string => `weft-tasks-${process.pid}-${randomUUID().slice(0, 8)}`;

const SCHEMA = new Schema<User & { _id: string }>(
  { _id: String, email: String, isActive: Boolean, passwordHash: String },
  { collection: 'users' },
);

describe('over documents of MongoDB', () => {
  tasksContract(() => ({
    persistence: { kind: 'mongodb', uri, databaseName: databaseName() },
    repository: USER_REPOSITORY,
  }));
});

describe('over a model of mongoose', () => {
  let connection: Connection | undefined;
  afterAll(() => connection?.close());

  tasksContract(() => {
    const database = databaseName();
    connection = createConnection(uri, { dbName: database });
    const model = connection.model('User', SCHEMA);
    return {
      persistence: { kind: 'mongodb', uri, databaseName: database },
      repository: mongooseRepository(model) as never,
    };
  });

  it('no repository is made for a model whose ids are no texts', () => {
    const model = createConnection().model('Thing', new Schema({ name: String }));
    expect(() => mongooseRepository(model as never)).toThrow('Declare _id: String in its schema');
  });
});
