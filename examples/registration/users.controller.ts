import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { IsEmail, MaxLength } from 'class-validator';
import { DocumentStore, type DocumentCollection } from 'weft/persistence';
import { Outbox } from 'weft/outbox';
import { InjectTask, TaskHandle } from 'weft/tasks';
import { RegisterUserTask } from './register-user.task.js';
import { USERS, type UserDocument } from './user.js';

export class CreateUserDto {
  @IsEmail()
  @MaxLength(254)
  email!: string;
}

@Controller('api/users')
export class UsersController {
  readonly #users: DocumentCollection<UserDocument>;

  constructor(
    @Inject(DocumentStore) store: DocumentStore,
    private readonly outbox: Outbox,
    @InjectTask(RegisterUserTask) private readonly registerUser: TaskHandle,
  ) {
    this.#users = store.collection(USERS);
  }

  @Post()
  @HttpCode(200)
  async create(@Body() { email }: CreateUserDto): Promise<{ status: 'ok'; user_id: string }> {
    const id = randomUUID();
    // Stored and enqueued by one write: no crash leaves a user without its task.
    const task = this.registerUser.entry({ userId: id });
    await this.#users.insert({ _id: id, email, isActive: false, outbox: [task] });
    this.outbox.wake(USERS, id);
    return { status: 'ok', user_id: id };
  }
}
