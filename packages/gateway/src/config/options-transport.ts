// Holds the options of the transports that clients connect over.
import { duration, flag, integer, list, port, text, unsupported } from './fields.ts';
import { endpointPath, tls } from './options-common.ts';

const bodySize = () => integer('Bytes of the largest request.', 65_536, 1);

const frames = {
  message_size_limit: integer('Bytes of the largest message.', 65_536, 1),
  decompressed_message_size_limit: integer(
    'Bytes of the largest message after decompression; 0 is ten times message_size_limit.',
  ),
  write_timeout: duration('How long one write may take.', '1s'),
  compression: flag('Offer permessage-deflate; costs memory and time for each connection.'),
  compression_level: integer('Level of the compression, 1 to 9.', 1, 1),
  compression_min_size: integer('Messages below this size are not compressed.'),
  read_buffer_size: integer('Accepted; the runtime sizes its buffers itself.'),
  write_buffer_size: integer('Accepted; the runtime sizes its buffers itself.'),
  use_write_buffer_pool: flag('Accepted; the runtime pools its buffers itself.'),
};

/** Everything under `websocket`. */
export const websocket = {
  disabled: flag('Do not serve it.'),
  handler_prefix: endpointPath('/connection/websocket'),
  ...frames,
};

/** Everything under `plain_websocket`, which is Parley's own. */
export const plainWebsocket = {
  enabled: flag('Serve clients without an SDK: text of the room that their token names.'),
  handler_prefix: endpointPath('/ws'),
  ...frames,
};

const stream = (path: string) => ({
  enabled: flag('Serve it.'),
  handler_prefix: endpointPath(path),
  max_request_body_size: bodySize(),
});

/** Everything under `sse`. */
export const sse = stream('/connection/sse');

/** Everything under `http_stream`. */
export const httpStream = stream('/connection/http_stream');

/** Everything under `emulation`. */
export const emulation = { handler_prefix: endpointPath('/emulation'), max_request_body_size: bodySize() };

/** Everything under `uni_websocket`. */
export const uniWebsocket = {
  enabled: flag('Serve it.'),
  handler_prefix: endpointPath('/connection/uni_websocket'),
  ...frames,
  disable_closing_handshake: flag('End connections without a close frame.'),
  disable_disconnect_push: flag('Do not tell the code in a push before the close frame.'),
  join_push_messages: flag('Join several pushes in one frame, one a line.'),
};

const uniStream = (path: string) => ({
  ...stream(path),
  connect_code_to_http_response: {
    enabled: flag('Answer a failed connect with an HTTP status.'),
    transforms: list('Which status for which error.', {
      code: integer('Error code of the connect.'),
      to: { status_code: integer('HTTP status.'), body: text('Body of the answer.') },
    }),
  },
});

/** Everything under `uni_sse`. */
export const uniSse = uniStream('/connection/uni_sse');

/** Everything under `uni_http_stream`. */
export const uniHttpStream = uniStream('/connection/uni_http_stream');

/** Everything under `webtransport`. */
export const webtransport = {
  enabled: unsupported(
    flag('Serve it.'),
    'the runtime has no HTTP/3; clients fall back to websocket, http_stream or sse',
  ),
  handler_prefix: endpointPath('/connection/webtransport'),
  message_size_limit: integer('Bytes of the largest message.', 65_536, 1),
};

/** Everything under `uni_grpc`. */
export const uniGrpc = {
  enabled: unsupported(
    flag('Serve it.'),
    'this server does not speak gRPC; use uni_websocket, uni_sse or uni_http_stream',
  ),
  address: text('Address to listen on.'),
  port: port('Port to listen on.', 11_000),
  max_receive_message_size: integer('Bytes of the largest message.'),
  tls,
};
