// Lists every public name of the foreign wire.
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
