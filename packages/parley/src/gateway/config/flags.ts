// Decides which options can be given as flags of the command line.
import { type Field, gatewayOptions, isField, isList, type Spec } from '@parley/gateway';
import { valueFromText } from './environment.ts';
import { type Group, inside, type Locate } from './overlay.ts';

/** One flag: the path of its option, and its short form. */
export interface GatewayFlag {
  readonly path: string;
  readonly short?: string;
  readonly field: Field<unknown>;
}

const paths: readonly (readonly [string, string?])[] = [
  ['http_server.port', '-p'],
  ['http_server.address', '-a'],
  ['http_server.internal_port'],
  ['http_server.internal_address'],
  ['engine.type'],
  ['broker.enabled'],
  ['broker.type'],
  ['presence_manager.enabled'],
  ['presence_manager.type'],
  ['map_broker.type'],
  ['log.level'],
  ['log.file'],
  ['debug.enabled'],
  ['admin.enabled'],
  ['admin.external'],
  ['admin.insecure'],
  ['prometheus.enabled'],
  ['swagger.enabled'],
  ['health.enabled'],
  ['uni_websocket.enabled'],
  ['uni_sse.enabled'],
  ['uni_http_stream.enabled'],
  ['sse.enabled'],
  ['http_stream.enabled'],
  ['init.enabled'],
  ['client.insecure'],
  ['http_api.insecure'],
  ['http_api.external'],
  ['grpc_api.enabled'],
  ['grpc_api.port'],
  ['uni_grpc.enabled'],
  ['uni_grpc.port'],
  ['pid_file'],
];

/** All flags; those of yes-or-no options need no value. */
export const gatewayFlags: readonly GatewayFlag[] = paths.map(([path, short]) => ({
  path,
  field: findField(path),
  ...(short === undefined ? {} : { short }),
}));

function findField(path: string): Field<unknown> {
  let entry: Spec[string] = gatewayOptions;
  for (const name of path.split('.')) {
    const next: Spec[string] | undefined = isField(entry) || isList(entry) ? undefined : entry[name];
    if (next === undefined) throw new TypeError(`${path} is in no table of options`);
    entry = next;
  }
  if (!isField(entry)) throw new TypeError(`${path} is not one option`);
  return entry;
}

/** Lays flags over `root`, in place. `true` is a flag without a value. */
export function applyFlags(root: Group, given: Readonly<Record<string, unknown>>): void {
  for (const { path, field } of gatewayFlags) {
    const value = given[path];
    if (value !== true && typeof value !== 'string') continue;
    const names = path.split('.');
    const key = names.pop() ?? '';
    const locate = names.reduce<Locate>(inside, () => root);
    const group = locate();
    if (group !== undefined) group[key] = value === true ? true : valueFromText(field.type, value);
  }
}
