// Readers of one session's event stream in a process of their own: see bench/sessions.ts.
import { once } from 'node:events';
import { connect } from 'node:net';

const [port = 0, readers = 0] = process.argv.slice(2).map(Number);
/** How many readers have each change. */
const reached = new Map<string, number>();

for (let n = 0; n < readers; n++) {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  socket.write('GET /api/sessions/s/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await once(socket, 'data');
  socket.on('data', (text: string) => {
    for (const [, mark = ''] of text.matchAll(/"mark":(\d+)/g)) {
      const count = (reached.get(mark) ?? 0) + 1;
      reached.set(mark, count);
      if (count === readers) process.send?.(mark);
    }
  });
}
process.send?.('open');
