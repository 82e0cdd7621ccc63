// Holds the options of proxies: how the application's backend is asked.
import { textMap } from './field-map.ts';
import { duration, flag, integer, list, text, texts } from './fields.ts';
import { itemName, tls } from './options-common.ts';

/** One answer of the backend that is turned into an error or a disconnect. */
export const statusTransform = {
  status_code: integer('HTTP status of the backend.'),
  to_error: {
    code: integer('Error code for the client, from 400 to 1999.'),
    message: text('Message of the error; ASCII.'),
    temporary: flag('Whether the client may try again.'),
  },
  to_disconnect: {
    code: integer('Code that the connection ends with, from 4000 to 4999.'),
    reason: text('Reason of the disconnect; ASCII, at most 123 characters.'),
  },
};

/** How one event is asked of the backend. */
export const proxy = {
  endpoint: text('Address of the backend: http:// or https://.'),
  timeout: duration('How long an answer may take.', '1s'),
  http_headers: texts('Headers of the client that are handed on.'),
  emulated_headers: texts('Headers out of `connect.headers` that are handed on.'),
  grpc_metadata: texts('Metadata of unidirectional gRPC clients that is handed on; has no effect here.'),
  binary_encoding: flag('Send data as base64 in `b64data`.'),
  include_connection_meta: flag('Send the `meta` of the connection.'),
  http: {
    tls,
    static_headers: textMap('Headers sent with every request.'),
    status_to_code_transforms: list('What an HTTP status of the backend means to the client.', statusTransform),
  },
  grpc: {
    tls,
    credentials_key: text('Of gRPC proxies; has no effect here.'),
    credentials_value: text('Of gRPC proxies; has no effect here.'),
    compression: flag('Of gRPC proxies; has no effect here.'),
    static_metadata: textMap('Of gRPC proxies; has no effect here.'),
  },
};

/** A proxy that is switched on where it stands. */
export const switchedProxy = { enabled: flag('Ask the backend.'), ...proxy };

/** A proxy with a name that namespaces choose. */
export const namedProxy = { name: itemName('Name of the proxy.'), ...proxy };

/** The name by which a namespace chooses a proxy. */
export const proxyName = () => text('Which proxy is asked: "default" or a name out of `proxies`.', 'default');
