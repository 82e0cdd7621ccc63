// Lists every public name of the foreign wire.
export type { Codec } from './codec.ts';
export type {
  Command,
  CommandName,
  ConnectRequest,
  HistoryRequest,
  Incoming,
  PublishRequest,
  RecoveryWish,
  Requests,
  RpcRequest,
  SubRefreshRequest,
  SubscribeRequest,
} from './commands.ts';
export { disconnects, flushesBefore, maxReasonBytes, reconnects } from './disconnects.ts';
export type { Disconnect } from './disconnects.ts';
export { apiErrorStatus, replyErrors } from './errors.ts';
export type { ReplyError } from './errors.ts';
export { jsonCodec } from './json-codec.ts';
export { printHistory, printPresence } from './json-encode.ts';
export { parseRawJson, rawJson, readRawJson, sliceElements, sliceMember } from './raw-json.ts';
export type { RawJson } from './raw-json.ts';
export type {
  ConnectResult,
  Expiry,
  HistoryResult,
  Push,
  Reply,
  ResultName,
  Results,
  SubscribeResult,
  WireClientInfo,
  WirePublication,
} from './replies.ts';
export type {
  ApiError,
  ApiPublication,
  ApiReply,
  ClientInfo,
  Json,
  NodeInfo,
  PublishOptions,
  ServerApi,
  ServerApiMethod,
  ServerApiMethods,
  StreamPosition,
} from './server-api.ts';
export { isServerApiMethod, readServerApiParams } from './server-api-params.ts';
export type { RawParams, ReadParams } from './server-api-params.ts';
export { resubscribes, unsubscribes } from './unsubscribes.ts';
export type { Unsubscribe } from './unsubscribes.ts';
