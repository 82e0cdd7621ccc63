// Decides how tests receive mail: a mail server on this machine that keeps what it takes, or misbehaves as it is told.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** How the server behaves towards the next connections. */
export type Mood = 'takes' | 'refuses_for_now' | 'refuses_for_good' | 'hangs' | 'closes' | 'refuses_sign_in';

/** The server. `mails` holds each message as it came, `seen` the commands. */
export interface SmtpSink {
  port: number;
  mails: string[];
  seen: string[];
  mood: Mood;
  close(): Promise<void>;
}

/** Starts the server on a free port. */
export async function startSmtpSink(): Promise<SmtpSink> {
  const sockets = new Set<Socket>();
  const sink: SmtpSink = { port: 0, mails: [], seen: [], mood: 'takes', close };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that breaks off is part of the test.
    socket.on('error', () => socket.destroy());
    if (sink.mood === 'closes') socket.destroy();
    else if (sink.mood !== 'hangs') converse(socket, sink);
  });
  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  sink.port = (server.address() as AddressInfo).port;
  return sink;
}

function converse(socket: Socket, sink: SmtpSink): void {
  let message: string[] | undefined;
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  say('220 sink');
  createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    if (message === undefined) {
      sink.seen.push(line);
      const answer = answerTo(line, sink.mood);
      if (answer.startsWith('354')) message = [];
      say(answer);
      return;
    }
    if (line === '.') {
      sink.mails.push(message.join('\n'));
      message = undefined;
      say('250 taken');
    } else message.push(line);
  });
}

function answerTo(line: string, mood: Mood): string {
  const command = line.slice(0, 4).toUpperCase();
  if (command === 'EHLO') return '250-sink\r\n250 AUTH PLAIN';
  if (command === 'AUTH') return mood === 'refuses_sign_in' ? '535 wrong' : '235 welcome';
  if (command === 'RCPT' && mood === 'refuses_for_now') return '451 later';
  if (command === 'RCPT' && mood === 'refuses_for_good') return '550 nobody';
  if (command === 'DATA') return '354 go on';
  return command === 'QUIT' ? '221 bye' : '250 well';
}
