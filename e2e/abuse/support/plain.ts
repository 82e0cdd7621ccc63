// Decides when replies and pushes of two encodings say the same: zero values, ids and what differs from run to run are left out.

const payloads = new Set(['data', 'conn_info', 'chan_info']);
// The official codec does not tell an empty map from an absent one.
const maps = new Set(['subs', 'tags', 'presence']);
const differing = new Set(['client', 'epoch', 'session', 'node', 'version', 'time', 'cursor']);

/** A reply as JSON or the official Protobuf codec gives it, in a form in which both can be compared. */
export function plain(message: unknown): unknown {
  if (Array.isArray(message)) return message.map(plain);
  if (typeof message !== 'object' || message === null) return message;
  if ('toNumber' in message && typeof message.toNumber === 'function') return (message.toNumber as () => number)();
  const members = Object.entries(message).flatMap(([name, value]): [string, unknown][] => {
    if (differing.has(name)) return [];
    const inner = payloads.has(name) ? payload(value) : plain(value);
    return isZero(inner) || (maps.has(name) && Object.keys(inner as object).length === 0) ? [] : [[name, inner]];
  });
  return members.length === 0 ? {} : Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

// With delta compression JSON carries the text of a payload where Protobuf carries its bytes: both become the value of the text.
function payload(value: unknown): unknown {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString() : value;
  if (typeof text !== 'string') return text;
  try {
    return payload(JSON.parse(text));
  } catch {
    // A patch, or a text.
    return text;
  }
}

function isZero(value: unknown): boolean {
  if (value === '' || value === 0 || value === false || value === null || value === undefined) return true;
  return Array.isArray(value) && value.length === 0;
}
