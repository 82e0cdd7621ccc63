// Lists every public name of the gateway.
export { BackendUnavailable } from './backend/backend.ts';
export type {
  Application,
  Ask,
  Backend,
  BackendAnswer,
  BackendEvent,
  BackendEvents,
  Caller,
  ConnectCall,
  ConnectGrant,
  MapPublishCall,
  MapPublishGrant,
  MapRemoveCall,
  MapRemoveGrant,
  PublishCall,
  PublishGrant,
  Renewal,
  RpcCall,
  SharedPollCall,
  SharedPollGrant,
  SharedPollItem,
  SubRefreshCall,
  SubscribeCall,
  SubscribeGrant,
} from './backend/backend.ts';
export type { Clock, Random } from './clock.ts';
export { readGatewayConfig } from './config.ts';
export type { GatewayConfig, GatewayConfigInput, ReadConfig } from './config.ts';
export { isField, isList } from './config/fields.ts';
export type { ConfigSources, Field, FieldType, ListField, Spec } from './config/fields.ts';
export { table as gatewayOptions } from './config/table.ts';
export type { Counters } from './context.ts';
export { createGateway } from './gateway.ts';
export type { Gateway, GatewayOptions, GatewayStats } from './gateway.ts';
export type { Log } from './log.ts';
export type { ConnectionGrant, Override, SubscriptionGrant, TokenAnswer, TokenGate } from './token-gate.ts';
