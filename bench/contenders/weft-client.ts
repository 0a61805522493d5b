import { firstValueFrom, lastValueFrom } from 'rxjs';
import { atOnce, type Contender } from '../contender.js';
import { BENCH_PATTERN, dataOf } from '../order.js';
import { WEFT } from './names.js';
import { ECHO_PATTERN, startClient, startServer } from './weft.js';

/** `emit()` called for each message, with this many of them in flight. */
export const weftPublish = (inFlight: number): Contender => ({
  name: WEFT,
  settings: `emit() one by one, ${inFlight} in flight, defaults`,
  async start(course) {
    const client = await startClient(course);
    const data = dataOf(course.body);
    await atOnce(course.messages, inFlight, async () => {
      await lastValueFrom(client.emit(BENCH_PATTERN, data), { defaultValue: undefined });
      course.done();
    });
    return { stop: () => client.close() };
  },
});

export const weftRequest = (width: number): Contender => ({
  name: WEFT,
  settings: `send() to @MessagePattern in the same process, ${width} at once, defaults`,
  async start(course) {
    const server = await startServer(course);
    const client = await startClient(course);
    const data = dataOf(course.body);
    await atOnce(course.messages, width, async () => {
      const startedMs = performance.now();
      await firstValueFrom(client.send(ECHO_PATTERN, data));
      course.done(performance.now() - startedMs);
    });
    return {
      stop: async () => {
        await client.close();
        await server.stop();
      },
    };
  },
});
