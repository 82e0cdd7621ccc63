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
  ChannelStateEvent,
  ConnectCall,
  ConnectGrant,
  EndedEvent,
  EventsCall,
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
export { systemClock } from './clock.ts';
export type { Clock, Random } from './clock.ts';
export { readGatewayConfig } from './config.ts';
export type { GatewayConfig, GatewayConfigInput, ReadConfig } from './config.ts';
export { isField, isList } from './config/fields.ts';
export type { ConfigSources, Field, FieldType, ListField, Spec } from './config/fields.ts';
export { table as gatewayOptions } from './config/table.ts';
export type { Engine, EngineNeeds, OpenEngine } from './engine/engine.ts';
export { sharedEngine } from './engine/shared/guest.ts';
export type { GuestOptions } from './engine/shared/guest.ts';
export { createEngineHost } from './engine/shared/host.ts';
export type { EngineHost, EngineHostOptions } from './engine/shared/host.ts';
export { createGateway } from './gateway.ts';
export type { Gateway, GatewayOptions, GatewayStats } from './gateway.ts';
export type { HookCounts } from './hooks/hooks.ts';
export type { Log } from './log.ts';
export type { MetricSpec } from './metrics/spec.ts';
export { metricTable } from './metrics/table.ts';
export { createKeyCheck } from './server-api/api-key.ts';
export type { ConnectionGrant, Override, SubscriptionGrant, TokenAnswer, TokenGate } from './token-gate.ts';
