// Decides what counts as lost, doubled or reordered on one client's view of one room's channel.

/** What the channel delivered: the event's id and the room's revision that it carries, in stream `epoch`. */
export interface Delivery {
  eventId: string;
  seq: number;
  epoch: string;
}

/** One breach of the delivery promise. */
export interface Breach {
  kind: 'lost' | 'doubled' | 'reordered';
  detail: string;
}

/** Watches one client's subscription to one room. */
export interface Auditor {
  /** The subscription is live in stream `epoch`; `recovered` says whether the server promised that nothing was missed. */
  subscribed(epoch: string, recovered: boolean): void;
  delivered(delivery: Delivery): void;
  /** The breaches so far. */
  breaches(): readonly Breach[];
  /** How many deliveries were judged. */
  count(): number;
}

/**
 * Judges deliveries by the promise that the channel itself makes: within one life of the stream (an epoch) each
 * event comes once, in the order of `seq`, without a gap. A gap is allowed only at the start of a subscription that
 * was not recovered, because then the client reads the durable log instead; an event of an earlier life may come
 * again in a new one, because a server that died between publishing and noting it must publish again.
 *
 * @param name how breaches call this view, such as `client 3, room 1`
 */
export function createAuditor(name: string): Auditor {
  const breaches: Breach[] = [];
  const seen = new Set<string>();
  let epoch = '';
  let last: number | undefined;
  let judged = 0;

  const breach = (kind: Breach['kind'], detail: string) => breaches.push({ kind, detail: `${name}: ${detail}` });

  return {
    subscribed(nextEpoch, recovered) {
      if (recovered && nextEpoch === epoch) return;
      if (nextEpoch !== epoch) seen.clear();
      epoch = nextEpoch;
      last = undefined;
    },
    delivered({ eventId, seq, epoch: eventEpoch }) {
      judged += 1;
      if (eventEpoch !== epoch)
        return void breach('reordered', `event ${seq} of stream ${eventEpoch} in stream ${epoch}`);
      if (seen.has(eventId)) return void breach('doubled', `event ${seq} came twice in one stream`);
      seen.add(eventId);
      if (last !== undefined && seq > last + 1) breach('lost', `after ${last} came ${seq}`);
      if (last !== undefined && seq <= last) return void breach('reordered', `after ${last} came ${seq}`);
      last = seq;
    },
    breaches: () => breaches,
    count: () => judged,
  };
}
