// Decides the forms in which one publication reaches subscribers: plain, or in one of the two forms of delta compression.
import { type Payload, payloadBytes, type WirePublication } from '@parley/protocol';
import { createDelta } from 'fossil-delta';
import { limits } from '../limits.ts';
import { removalOf } from '../tags-filter.ts';
import { Message, type MessageLabel, type WireFormat } from './message.ts';

/** A publication as a broker hands it over. */
export interface Arrived {
  readonly publication: WirePublication;
  /** Names the life of the stream; "" outside of streams. */
  readonly epoch: string;
  /** What stood before it in the stream, or at its key in a map; given if somebody wants deltas. */
  readonly base?: Payload | undefined;
  /** How long before it arrived here it was published, in milliseconds. */
  readonly lagMs: number;
}

/** How a publication is counted on its way. */
export interface DeliveryMeter {
  /** As `since` of its messages. */
  readonly since: number;
  /** Counts the subscribers who do not want it. */
  readonly filtered: { value: number };
}

/** Whether it says that a map was cleared: a removal without a key. What subscribers know is void. */
export function isCleared({ key, removed }: WirePublication): boolean {
  return removed === true && key === undefined;
}

/**
 * `plain` is for subscribers without delta compression. With it: `full` for those who have no base yet, `patch` for all
 * others, which is full as well where a patch would not be smaller. `removal` is for those who do not want what is at the key now.
 */
export type Form = 'plain' | 'full' | 'patch' | 'removal';

type Forms = Partial<Record<Form, Message | 'impossible'>>;

/** One publication on its way to the subscribers of this node; encoded at most once for each format and form. */
export class Delivery {
  readonly channel: string;
  readonly publication: WirePublication;
  readonly epoch: string;
  readonly lagMs: number;
  readonly #base: Payload | undefined;
  readonly #label: MessageLabel;
  readonly #meter: DeliveryMeter | undefined;
  readonly #encoded = new Map<WireFormat, Forms>();
  // Nearly all subscribers of a channel want the same; asking them costs one comparison each.
  #lastFormat: WireFormat | undefined;
  #lastForm: Form = 'plain';
  #lastMessage: Message | undefined;

  constructor(channel: string, { publication, epoch, base, lagMs }: Arrived, meter?: DeliveryMeter) {
    this.channel = channel;
    this.publication = publication;
    this.epoch = epoch;
    this.lagMs = lagMs;
    this.#base = base;
    this.#label = { frame: 'push_publication', channel, since: meter?.since };
    this.#meter = meter;
  }

  /** Says that a subscriber does not want it. */
  filteredOut(): void {
    if (this.#meter !== undefined) this.#meter.filtered.value += 1;
  }

  /** The push in this format and form. Undefined: the payload cannot travel in this format. */
  message(format: WireFormat, form: Form): Message | undefined {
    if (format !== this.#lastFormat || form !== this.#lastForm) {
      this.#lastFormat = format;
      this.#lastForm = form;
      this.#lastMessage = this.#find(format, form);
    }
    return this.#lastMessage;
  }

  #find(format: WireFormat, form: Form): Message | undefined {
    let forms = this.#encoded.get(format);
    if (forms === undefined) {
      forms = {};
      this.#encoded.set(format, forms);
    }
    const message = (forms[form] ??= this.#encode(format, form));
    return message === 'impossible' ? undefined : message;
  }

  #encode(format: WireFormat, form: Form): Message | 'impossible' {
    if (form === 'patch') {
      const patched = patchPublication(format.codec, this.publication, this.#base);
      // Without a patch that is smaller the full form is meant, and shared.
      if (patched === undefined) return this.#find(format, 'full') ?? 'impossible';
      return encode(format, this.#label, patched);
    }
    if (form === 'plain') return encode(format, this.#label, this.publication);
    if (form === 'removal') return encode(format, this.#label, removalOf(this.publication));
    const full = fullPublication(format.codec, this.publication);
    return full === undefined ? 'impossible' : encode(format, this.#label, full);
  }
}

function encode(format: WireFormat, label: MessageLabel, pub: WirePublication): Message | 'impossible' {
  const payload = format.codec.encodePush({ name: 'pub', channel: label.channel, pub });
  return payload === undefined ? 'impossible' : new Message(payload, label);
}

type DeltaCodec = Pick<WireFormat['codec'], 'deltaData'>;

/** A publication as a subscriber with delta compression gets it whole. Undefined: its payload has no such form. */
export function fullPublication(codec: DeltaCodec, publication: WirePublication): WirePublication | undefined {
  const { data: original, ...rest } = publication;
  const data = codec.deltaData(original);
  if (data === undefined) return original === undefined ? publication : undefined;
  return { ...rest, data };
}

/** A publication as the difference to `base`. Undefined: there is no base, or the difference would not be smaller. */
export function patchPublication(
  codec: DeltaCodec,
  publication: WirePublication,
  base: Payload | undefined,
): WirePublication | undefined {
  const { data: original, ...rest } = publication;
  if (base === undefined || original === undefined) return undefined;
  const target = payloadBytes(original);
  const patch = createDelta(payloadBytes(base), target);
  const data = patch.length < target.length ? codec.deltaData(patch) : undefined;
  return data === undefined ? undefined : { ...rest, data, delta: true };
}

/**
 * A list of publications for a subscriber with delta compression: the first whole, each later one as a patch against the
 * one before it where that is smaller; of a map, against the one before it with the same key. Patches take time: when
 * those of one list have gone through `limits.maxPatchedListBytes`, the rest comes whole. Undefined: a payload cannot travel
 * in this encoding.
 */
export function chainPublications(
  codec: DeltaCodec,
  publications: readonly WirePublication[],
): WirePublication[] | undefined {
  const chained: WirePublication[] = [];
  const bases = new Map<string | undefined, Payload | undefined>();
  let bytesLeft: number = limits.maxPatchedListBytes;
  for (const publication of publications) {
    const base = bytesLeft > 0 ? bases.get(publication.key) : undefined;
    if (base !== undefined) bytesLeft -= sizeOf(base) + sizeOf(publication.data);
    const next = patchPublication(codec, publication, base) ?? fullPublication(codec, publication);
    if (next === undefined) return undefined;
    chained.push(next);
    bases.set(publication.key, publication.data);
  }
  return chained;
}

// Of text in characters, which is near enough for a bound.
function sizeOf(payload: Payload | undefined): number {
  return payload?.length ?? 0;
}
