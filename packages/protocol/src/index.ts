// Lists every public name of the foreign wire.
export type { Codec } from './codec.ts';
export { mapPhases, subRefreshTypes, subscriptionTypes } from './commands.ts';
export type {
  Command,
  CommandName,
  ConnectRequest,
  FilterNode,
  HistoryRequest,
  Incoming,
  PublishRequest,
  RecoveryWish,
  Requests,
  RpcRequest,
  ServerSubWish,
  SubRefreshRequest,
  SubscribeRequest,
  TrackBatch,
} from './commands.ts';
export { disconnects, flushesBefore, maxReasonBytes, reconnects } from './disconnects.ts';
export type { Disconnect } from './disconnects.ts';
export { apiErrorStatus, replyErrors } from './errors.ts';
export type { ReplyError } from './errors.ts';
export { Fields, isObject } from './fields.ts';
export { jsonCodec, unidirectionalJsonCodec } from './json-codec.ts';
export { printHistory, printMapPart, printPresence } from './json-encode.ts';
export { readOverride } from './override.ts';
export type { Override } from './override.ts';
export { readPayload } from './payload-fields.ts';
export type { ReadPayload } from './payload-fields.ts';
export { payloadBytes, payloadSize, payloadText } from './payload.ts';
export type { Payload } from './payload.ts';
export { protobufCodec } from './protobuf-codec.ts';
export { readProtobufEmulation } from './protobuf-decode.ts';
export { parseRawJson, rawJson, readRawJson, sliceElements, sliceMember, sliceMembers } from './raw-json.ts';
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
  ConnectionInfo,
  Json,
  MapEntry,
  MapWriteAnswer,
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
