// A client of one map as the official SDKs are, on frames alone: what it believes is what tests compare with the server.
import { applyDelta } from 'fossil-delta';

interface Publication {
  key: string;
  data?: unknown;
  removed?: boolean;
  delta?: boolean;
  offset?: number;
}

interface Reply {
  id?: number;
  error?: { code: number };
  subscribe?: {
    phase?: number;
    cursor?: string;
    epoch?: string;
    offset?: number;
    state?: Publication[];
    publications?: Publication[];
    recovered?: boolean;
    recoverable?: boolean;
    delta?: boolean;
  };
  push?: { pub?: Publication; unsubscribe?: { code: number } };
}

interface Flow {
  phase: 1 | 2;
  cursor: string;
  epoch: string;
  offset: number;
  isRecovering: boolean;
  state: Publication[];
  changes: Publication[];
}

/** What a client knows and wants. It sends one command at a time. */
export class MapModelClient {
  readonly #channel: string;
  readonly #usesDelta: boolean;
  /** Values as JSON text by key; complete once the client is live. */
  readonly known = new Map<string, string>();
  readonly #bases = new Map<string, Uint8Array>();
  #flow: Flow | undefined;
  #position: { epoch: string; offset: number } | undefined;
  #isDelta = false;
  #id = 0;
  isLive = false;
  isWaiting = false;
  /** Codes with which the server said that the client's position is lost. */
  readonly losses: number[] = [];
  /** What a server must not do. */
  readonly complaints: string[] = [];

  constructor(channel: string, usesDelta: boolean) {
    this.#channel = channel;
    this.#usesDelta = usesDelta;
  }

  /** The next command, if it has something to ask. */
  next(): string | undefined {
    if (this.isLive || this.isWaiting) return undefined;
    this.#flow ??= this.#begin();
    const { phase, cursor, epoch, offset, isRecovering } = this.#flow;
    this.#id += 1;
    this.isWaiting = true;
    const request = { channel: this.#channel, type: 1, phase, limit: 2, cursor, epoch, offset, recover: isRecovering };
    return JSON.stringify({ id: this.#id, subscribe: { ...request, delta: this.#usesDelta ? 'fossil' : '' } });
  }

  /** The connection is gone; the client comes back with what it knows. */
  disconnected(): void {
    this.isLive = false;
    this.isWaiting = false;
    this.#flow = undefined;
  }

  /** Takes one line from the server. */
  take(line: string): void {
    const reply = JSON.parse(line) as Reply;
    if (reply.push?.pub !== undefined) this.#takeLive(reply.push.pub);
    else if (reply.push?.unsubscribe !== undefined) this.#takeUnsubscribe(reply.push.unsubscribe.code);
    else if (reply.id === this.#id) this.#takeReply(reply);
  }

  #begin(): Flow {
    const position = this.#position;
    const rest = { cursor: '', state: [], changes: [] };
    if (position === undefined) return { phase: 2, epoch: '', offset: 0, isRecovering: false, ...rest };
    return { phase: 1, ...position, isRecovering: true, ...rest };
  }

  #takeUnsubscribe(code: number): void {
    this.losses.push(code);
    this.disconnected();
  }

  #takeReply({ error, subscribe }: Reply): void {
    this.isWaiting = false;
    const flow = this.#flow;
    if (error !== undefined) {
      if (error.code !== 112) this.complaints.push(`unexpected error ${error.code} at ${JSON.stringify(flow)}`);
      this.losses.push(112);
      this.#position = undefined;
      this.#flow = undefined;
      return;
    }
    if (subscribe === undefined || flow === undefined) {
      this.complaints.push('a reply to nothing');
      return;
    }
    flow.state.push(...(subscribe.state ?? []));
    flow.cursor = subscribe.cursor ?? '';
    if (subscribe.phase === undefined) {
      this.#goLive(flow, subscribe);
      return;
    }
    flow.changes.push(...(subscribe.publications ?? []));
    if (flow.epoch !== '' && subscribe.epoch !== flow.epoch) this.complaints.push('another epoch in the middle');
    flow.epoch = subscribe.epoch ?? '';
    if (subscribe.phase === 1) flow.offset = subscribe.offset ?? 0;
    else if (flow.cursor === '') Object.assign(flow, { phase: 1, offset: subscribe.offset ?? 0 });
    else flow.offset = subscribe.offset ?? 0;
  }

  #goLive(flow: Flow, live: NonNullable<Reply['subscribe']>): void {
    this.#isDelta = live.delta === true;
    if ((live.recovered === true) !== flow.isRecovering) this.complaints.push('recovered is what was asked for');
    if (!flow.isRecovering) {
      this.known.clear();
      this.#bases.clear();
    }
    for (const publication of [...flow.state, ...flow.changes, ...(live.publications ?? [])]) this.#apply(publication);
    this.#position = live.recoverable === true ? { epoch: live.epoch ?? '', offset: live.offset ?? 0 } : undefined;
    this.#flow = undefined;
    this.isLive = true;
  }

  #takeLive(publication: Publication): void {
    if (!this.isLive) this.complaints.push('a push before the reply');
    this.#apply(publication);
    if (this.#position === undefined) return;
    if (publication.offset !== this.#position.offset + 1) this.complaints.push('a gap that nobody told');
    this.#position.offset = publication.offset ?? 0;
  }

  #apply({ key, data, removed, delta }: Publication): void {
    if (removed === true) {
      this.known.delete(key);
      this.#bases.delete(key);
      return;
    }
    if (!this.#isDelta) {
      this.known.set(key, JSON.stringify(data));
      return;
    }
    const text = Buffer.from(data as string);
    const whole = delta === true ? Buffer.from(applyDelta(this.#bases.get(key) ?? Buffer.of(), text)) : text;
    this.#bases.set(key, whole);
    this.known.set(key, whole.toString());
  }
}
