// The Protobuf codec of the official JavaScript client, with the schema that its authors generated: the judge of ours.
import { Centrifuge } from 'centrifuge/build/protobuf';

/** A message as the official codec holds it: members as in JSON, application data as bytes. */
export type OfficialMessage = Record<string, unknown>;

interface OfficialCodec {
  encodeCommands(commands: readonly OfficialMessage[]): Uint8Array;
  encodeReplies(replies: readonly OfficialMessage[]): Uint8Array;
  decodeCommands(bytes: Uint8Array): OfficialMessage[];
  decodeReplies(bytes: Uint8Array): OfficialMessage[];
  encodeEmulationRequest(request: OfficialMessage): Uint8Array;
}

// A client that is never connected, for the codec in it, which has no door of its own.
const client = new Centrifuge('ws://127.0.0.1', { websocket: class {} });

/** Encodes and decodes in both directions. */
export const officialCodec = Reflect.get(client, '_codec') as OfficialCodec;

const mapNames = new Set(['subs', 'tags', 'presence']);
const payloadNames = new Set(['data', 'conn_info', 'chan_info']);

/** A message from its JSON text: payloads become the bytes of their text, zero values are dropped. */
export function officialFromJson(text: string): OfficialMessage {
  return toOfficial(JSON.parse(text, keepSource as (name: string, value: unknown) => unknown)) as OfficialMessage;
}

/** A decoded message as JSON would hold it: payloads as values, lists and maps only if they are not empty. */
export function officialToPlain(message: unknown): unknown {
  return withoutMaps(
    withoutZeros(message, (payload) => JSON.parse(Buffer.from(payload as Uint8Array).toString()) as unknown),
  );
}

/** What `officialToPlain` gives, from the parsed JSON of the same message. */
export function jsonToPlain(message: unknown): unknown {
  return withoutMaps(withoutZeros(message, (payload) => payload));
}

// A number keeps its text, which may say more than its value. That a reviver is given the text is not in the types yet.
function keepSource(name: string, value: unknown, context: { source?: string }): unknown {
  return name === 'data' && typeof value === 'number' && context.source !== undefined
    ? Buffer.from(context.source)
    : value;
}

function toOfficial(message: unknown): unknown {
  return withoutZeros(message, (payload) =>
    payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload)),
  );
}

// Members named like payloads are taken for payloads: messages must not have such names as keys of maps.
function withoutZeros(value: unknown, payload: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutZeros(item, payload));
  if (typeof value !== 'object' || value === null) return value;
  if ('toNumber' in value && typeof value.toNumber === 'function') return (value.toNumber as () => number)();
  const kept = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    if (payloadNames.has(name)) return [[name, payload(member)]];
    const inner = withoutZeros(member, payload);
    return isZero(inner) ? [] : [[name, inner]];
  });
  return Object.fromEntries(kept);
}

// The official codec does not tell an empty map from an absent one.
function withoutMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMaps);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    if (payloadNames.has(name)) return [[name, member]];
    const inner = withoutMaps(member);
    return mapNames.has(name) && Object.keys(inner as object).length === 0 ? [] : [[name, inner]];
  });
  return Object.fromEntries(kept);
}

function isZero(value: unknown): boolean {
  return (
    value === '' || value === 0 || value === false || value === null || (Array.isArray(value) && value.length === 0)
  );
}
