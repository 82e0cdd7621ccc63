// Decides how HTTP-streaming and SSE connections begin, in both directions and in one.
import { receive } from '../commands/dispatch.ts';
import { background } from '../log.ts';
import { readBody } from '../request-body.ts';
import {
  answer,
  guard,
  type HttpDoor,
  type HttpRequest,
  isProtobuf,
  noMoreConnections,
  tooLarge,
} from './http-answers.ts';
import type { DoorPorts } from './ports.ts';
import {
  jsonEvents,
  jsonLines,
  protobufMessages,
  unidirectionalEvents,
  unidirectionalLines,
} from './stream-formats.ts';
import { openStream, type StreamKind } from './stream-transport.ts';
import { isConnectRequest } from './uni-websocket.ts';

const eventStream = 'text/event-stream; charset=utf-8';
const eventPreamble = Buffer.from('\r\n');
const jsonContent = 'application/json; charset=utf-8';

/** Makes the door for `/connection/http_stream`: the body holds commands, the response their replies and what follows. */
export function createHttpStreamDoor(ports: DoorPorts): HttpDoor {
  const shared = { name: 'http_stream', ...bidirectional(ports), preamble: undefined };
  const json: StreamKind = { ...shared, format: jsonLines, contentType: jsonContent };
  const protobuf: StreamKind = { ...shared, format: protobufMessages, contentType: 'application/octet-stream' };
  return guard(ports.origins, ['POST'], (http) =>
    begin(ports, http, { section: 'http_stream', kind: isProtobuf(http.request) ? protobuf : json }),
  );
}

/** Makes the door for `/connection/sse`: commands in `cf_connect` or in the body. */
export function createSseDoor(ports: DoorPorts): HttpDoor {
  const kind: StreamKind = {
    name: 'sse',
    ...bidirectional(ports),
    format: jsonEvents,
    contentType: eventStream,
    preamble: eventPreamble,
  };
  return guard(ports.origins, ['GET', 'POST'], (http) => begin(ports, http, { section: 'sse', kind }));
}

/** Makes the door for `/connection/uni_http_stream`. */
export function createUniHttpStreamDoor(ports: DoorPorts): HttpDoor {
  const kind: StreamKind = {
    name: 'uni_http_stream',
    ...unidirectional(ports, 'uni_http_stream'),
    format: unidirectionalLines,
    contentType: jsonContent,
    preamble: undefined,
  };
  return guard(ports.origins, ['POST'], (http) => begin(ports, http, { section: 'uni_http_stream', kind }));
}

/** Makes the door for `/connection/uni_sse`. */
export function createUniSseDoor(ports: DoorPorts): HttpDoor {
  const { connect_code_to_http_response: byStatus } = ports.context.config.uni_sse;
  const kind: StreamKind = {
    name: 'uni_sse',
    ...unidirectional(ports, 'uni_sse'),
    format: unidirectionalEvents,
    contentType: eventStream,
    // A status can only be chosen as long as nothing was sent.
    preamble: byStatus.enabled ? undefined : eventPreamble,
  };
  return guard(ports.origins, ['GET', 'POST'], (http) => begin(ports, http, { section: 'uni_sse', kind }));
}

function bidirectional(ports: DoorPorts): Pick<StreamKind, 'isUnidirectional' | 'ports' | 'answerToRefusal'> {
  return { isUnidirectional: false, ports, answerToRefusal: () => undefined };
}

function unidirectional(
  ports: DoorPorts,
  section: 'uni_sse' | 'uni_http_stream',
): Pick<StreamKind, 'isUnidirectional' | 'ports' | 'answerToRefusal'> {
  const { enabled, transforms } = ports.context.config[section].connect_code_to_http_response;
  return {
    isUnidirectional: true,
    ports,
    answerToRefusal(code) {
      if (!enabled) return undefined;
      const to = transforms.find((transform) => transform.code === code)?.to;
      return to === undefined ? { status: 500, text: 'connect failed\n' } : { status: to.status_code, text: to.body };
    },
  };
}

interface Beginning {
  readonly section: 'http_stream' | 'sse' | 'uni_http_stream' | 'uni_sse';
  readonly kind: StreamKind;
}

function begin(ports: DoorPorts, http: HttpRequest, beginning: Beginning): void {
  if (ports.doors.admit()) background(ports.context.log, open(ports, http, beginning));
  else answer(ports.origins, http, noMoreConnections);
}

async function open({ context, origins }: DoorPorts, http: HttpRequest, { section, kind }: Beginning): Promise<void> {
  const { max_request_body_size: max } = context.config[section];
  const first = http.request.method === 'GET' ? queryFrame(http, max) : await readBody(http.request, max);
  if (first === 'gone') return;
  if (first === 'too large') return answer(origins, http, tooLarge(max, `${section}.max_request_body_size`));
  if (first === undefined)
    return answer(origins, http, { status: 400, text: 'send the connect command in cf_connect\n' });
  if (kind.isUnidirectional && !isConnectRequest(first.toString())) {
    return answer(origins, http, { status: 400, text: 'that is not a connect request\n' });
  }
  const transport = openStream(http, kind);
  if (transport !== undefined) receive(context, transport.session, first);
}

function queryFrame({ query }: HttpRequest, maxBytes: number): Buffer | 'too large' | undefined {
  const connect = query.get('cf_connect');
  if (connect === null || connect === '') return undefined;
  const frame = Buffer.from(connect);
  return frame.length > maxBytes ? 'too large' : frame;
}
