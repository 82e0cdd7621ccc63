// Decides which trace a request belongs to (W3C trace context).

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/**
 * Reads a `traceparent` header.
 *
 * @returns the trace id, or undefined if the header is absent or malformed
 */
export function traceIdOf(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const match = TRACEPARENT.exec(header);
  const [, traceId, parentId] = match ?? [];
  if (traceId === undefined || /^0+$/.test(traceId) || parentId === undefined || /^0+$/.test(parentId))
    return undefined;
  return traceId;
}
