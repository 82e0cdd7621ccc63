// Decides what a gateway would answer to the official client, in JSON over a socket that is only an object.

interface Command {
  id: number;
  connect?: { token?: string; subs?: Record<string, { recover?: boolean }> };
  subscribe?: { channel: string; token?: string };
  unsubscribe?: { channel: string };
  presence?: object;
}

/** A gateway for tests: it accepts everything unless told otherwise. */
export interface FakeGateway {
  /** To be given to the client as its WebSocket constructor. */
  WebSocket: new (url: string) => object;
  /** How often a socket was opened. */
  attempts(): number;
  /** Tokens of all connects, in order. */
  tokens: string[];
  /** Whether sockets open at all. */
  isUp: boolean;
  /** Server-side subscriptions that a connect gets, with whether they are recovered. */
  subs: Record<string, { recovered: boolean }>;
  /** Sends a publication to all sockets. */
  publish(channel: string, data: unknown): void;
  /** Closes all sockets with a code. */
  close(code: number, reason: string): void;
}

/** Makes a gateway without connections. */
export function createFakeGateway(): FakeGateway {
  const sockets = new Set<FakeSocket>();
  let attempts = 0;
  const gateway: FakeGateway = {
    WebSocket: class extends Object {
      constructor() {
        super();
        return new FakeSocket();
      }
    },
    attempts: () => attempts,
    tokens: [],
    isUp: true,
    subs: {},
    publish(channel, data) {
      for (const socket of sockets) socket.say({ push: { channel, pub: { data } } });
    },
    close(code, reason) {
      for (const socket of Array.from(sockets)) socket.end(code, reason);
    },
  };

  function reply(command: Command): object {
    if (command.connect !== undefined) {
      gateway.tokens.push(command.connect.token ?? '');
      const subs = Object.entries(gateway.subs).map(([channel, { recovered }]) => {
        const was_recovering = command.connect?.subs?.[channel]?.recover === true;
        return [
          channel,
          { recoverable: true, epoch: 'e', offset: 1, recovered: recovered && was_recovering, was_recovering },
        ];
      });
      return { id: command.id, connect: { client: 'c1', version: 'test', subs: Object.fromEntries(subs) } };
    }
    if (command.subscribe !== undefined)
      return { id: command.id, subscribe: { recoverable: true, epoch: 'e', offset: 0 } };
    if (command.presence !== undefined) return { id: command.id, presence: { presence: {} } };
    return { id: command.id, unsubscribe: {} };
  }

  class FakeSocket {
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: ((event: { code: number; reason: string }) => void) | null = null;
    onerror: ((event: object) => void) | null = null;

    constructor() {
      attempts += 1;
      setImmediate(() => {
        if (!gateway.isUp) this.end(1006, '');
        else {
          sockets.add(this);
          this.onopen?.();
        }
      });
    }

    send(data: string): void {
      const commands = data.split('\n').filter((line) => line !== '{}');
      setImmediate(() => {
        for (const line of commands) this.say(reply(JSON.parse(line) as Command));
      });
    }

    say(message: object): void {
      if (sockets.has(this)) this.onmessage?.({ data: JSON.stringify(message) });
    }

    close(): void {
      this.end(1000, '');
    }

    end(code: number, reason: string): void {
      sockets.delete(this);
      setImmediate(() => this.onclose?.({ code, reason }));
    }
  }
  return gateway;
}
