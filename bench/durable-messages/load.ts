// Decides how a load of messages is made: raw keep-alive sockets, one request in flight on each, as fast as it goes or at a rate.
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** What the benchmark tells its load process on the command line, as JSON. */
export interface Load {
  port: number;
  seconds: number;
  sockets: number;
  /** Messages a second that fall due whether or not the server keeps up; as many as it takes if not given. */
  rate?: number;
  /** Every sender is a member of every room. */
  tokens: string[];
  roomIds: string[];
}

/** What the load process prints at its end. `latenciesMs` are p50 and p99 of the answers, at a rate counted from when a message fell due. */
export interface LoadReport {
  accepted: number;
  refused: number;
  seconds: number;
  latenciesMs: { p50: number; p99: number };
}

const TEXT = 'A message of an ordinary length, as people write them in a room while they work on something. '.repeat(2);

function requestOf(token: string, roomId: string, id: string): string {
  const body = JSON.stringify({ clientMessageId: id, text: TEXT });
  const head = `POST /v1/rooms/${roomId}/messages HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const statusOf = (answer: string): string => answer.slice(9, 12);

/** Whether a whole answer has come; our answers say their length. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(answer)?.[1];
  return end >= 0 && length !== undefined && Buffer.byteLength(answer) >= end + 4 + Number(length);
}

async function run(load: Load): Promise<LoadReport> {
  const startedAt = performance.now();
  const endsAt = startedAt + load.seconds * 1_000;
  const latencies: number[] = [];
  const counts = { accepted: 0, refused: 0, sent: 0 };
  const drive = async (): Promise<void> => {
    const socket = connect(load.port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    await once(socket, 'connect');
    while (performance.now() < endsAt) {
      const number = (counts.sent += 1);
      const dueAt = load.rate === undefined ? performance.now() : startedAt + (number / load.rate) * 1_000;
      if (dueAt >= endsAt) break;
      if (dueAt > performance.now()) await delay(dueAt - performance.now());
      const token = load.tokens[number % load.tokens.length] ?? '';
      const roomId = load.roomIds[Math.floor(number / load.tokens.length) % load.roomIds.length] ?? '';
      socket.write(requestOf(token, roomId, `bench-${process.pid}-${startedAt.toFixed(0)}-${number}`));
      let answer = '';
      while (!isWhole(answer)) answer += String((await once(socket, 'data'))[0]);
      latencies.push(performance.now() - dueAt);
      if (statusOf(answer) === '201') counts.accepted += 1;
      else counts.refused += 1;
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: load.sockets }, drive));
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  const seconds = (performance.now() - startedAt) / 1_000;
  return { accepted: counts.accepted, refused: counts.refused, seconds, latenciesMs: { p50: at(0.5), p99: at(0.99) } };
}

if (import.meta.main) {
  const load = JSON.parse(process.argv[2] ?? '') as Load;
  process.stdout.write(JSON.stringify(await run(load)));
}
