// Decides the JSON body of each question, as Centrifugo's proxies send it.
import { type Payload, payloadBytes, payloadText } from '@parley/protocol';
import type { BackendEvent, BackendEvents, Caller, ChannelStateEvent, EndedEvent } from './backend.ts';
import type { ProxyConfig } from './proxies.ts';

/** How payloads stand in the body, and whether `meta` is sent. */
export type BodySettings = Pick<ProxyConfig, 'binary_encoding' | 'include_connection_meta'>;

/** The body of a question. Undefined: a payload in it is not JSON, and the proxy is not set to `binary_encoding`. */
export function printBody<Event extends BackendEvent>(
  event: Event,
  call: BackendEvents[Event]['call'],
  settings: BodySettings,
): string | undefined {
  const body = new Body(settings);
  members[event](body, call);
  return body.print();
}

const members: { readonly [Event in BackendEvent]: (body: Body, call: BackendEvents[Event]['call']) => void } = {
  connect(body, call) {
    body.connection(call);
    body.payload(call.data);
    body.text('name', call.name);
    body.text('version', call.version);
    if (call.channels.length > 0) body.value('channels', call.channels);
  },
  refresh(body, call) {
    body.caller(call);
  },
  subscribe(body, call) {
    body.caller(call);
    body.value('channel', call.channel);
    body.text('token', call.token);
    body.payload(call.data);
  },
  publish(body, call) {
    body.caller(call);
    body.value('channel', call.channel);
    body.payload(call.data);
  },
  subRefresh(body, call) {
    body.caller(call);
    body.value('channel', call.channel);
  },
  rpc(body, call) {
    body.caller(call);
    body.value('method', call.method);
    body.payload(call.data);
  },
  mapPublish(body, call) {
    body.caller(call);
    body.value('channel', call.channel);
    body.value('key', call.key);
    body.payload(call.data);
  },
  mapRemove(body, call) {
    body.caller(call);
    body.value('channel', call.channel);
    body.value('key', call.key);
  },
  disconnect(body, { events }) {
    body.list('events', events, printEnded);
  },
  unsubscribe(body, { events }) {
    body.list('events', events, printEnded);
  },
  channelState(body, { events }) {
    body.list('events', events, printState);
  },
  sharedPollRefresh(body, { channel, items }) {
    body.value('channel', channel);
    body.value(
      'items',
      items.map(({ key, version }) => (version === 0 ? { key } : { key, version })),
    );
  },
};

/** One event. `meta` is left out where it is not asked for, and where it has no form. */
function printEnded({ id, timeMs, meta, ...rest }: EndedEvent, settings: BodySettings): string {
  const text = settings.include_connection_meta && meta !== undefined ? payloadText(meta) : undefined;
  const members = JSON.stringify({ id, time_ms: timeMs, ...rest });
  return text === undefined ? members : `${members.slice(0, -1)},"meta":${text}}`;
}

function printState({ id, timeMs, node, type, channel }: ChannelStateEvent): string {
  return JSON.stringify({ id, type, time_ms: timeMs, node, ...(channel === '' ? {} : { channel }) });
}

/** A JSON object in the making: payloads are put in as they came, not printed again. */
class Body {
  readonly #settings: BodySettings;
  readonly #members: string[] = [];
  #isPrintable = true;

  constructor(settings: BodySettings) {
    this.#settings = settings;
  }

  value(name: string, value: string | readonly unknown[]): void {
    this.#members.push(`"${name}":${JSON.stringify(value)}`);
  }

  /** Leaves out what is empty. */
  text(name: string, value: string): void {
    if (value !== '') this.value(name, value);
  }

  payload(data: Payload | undefined): void {
    if (data === undefined) return;
    if (this.#settings.binary_encoding) this.value('b64data', Buffer.from(payloadBytes(data)).toString('base64'));
    else this.#raw('data', data);
  }

  connection({ client, transport, protocol }: Caller): void {
    this.value('client', client);
    this.value('transport', transport);
    this.value('protocol', protocol);
    this.value('encoding', this.#settings.binary_encoding ? 'binary' : 'json');
  }

  caller(caller: Caller): void {
    this.connection(caller);
    this.value('user', caller.user);
    if (this.#settings.include_connection_meta && caller.meta !== undefined) this.#raw('meta', caller.meta);
  }

  list<Item>(name: string, items: readonly Item[], print: (item: Item, settings: BodySettings) => string): void {
    this.#members.push(`"${name}":[${items.map((item) => print(item, this.#settings)).join(',')}]`);
  }

  print(): string | undefined {
    return this.#isPrintable ? `{${this.#members.join(',')}}` : undefined;
  }

  #raw(name: string, payload: Payload): void {
    const text = payloadText(payload);
    if (text === undefined) this.#isPrintable = false;
    else this.#members.push(`"${name}":${text}`);
  }
}
