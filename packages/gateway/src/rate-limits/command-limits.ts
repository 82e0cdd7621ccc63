// Decides which buckets a command draws from.
import { type Command, subRefreshTypes } from '@parley/protocol';
import type { GatewayConfig } from '../config.ts';
import { type Bucket, take, takeAnyway } from './buckets.ts';

type Options = GatewayConfig['client']['rate_limit']['client_command'];
type Limit = GatewayConfig['client']['rate_limit']['client_error']['total'];

const limited = [
  'subscribe',
  'publish',
  'history',
  'presence',
  'presence_stats',
  'refresh',
  'sub_refresh',
  'track',
  'rpc',
  'connect',
] as const;

type Limited = (typeof limited)[number];

const none: readonly Bucket[] = [];

/** Numbers the buckets of one who is limited. */
export class BucketList {
  #count = 0;

  /** How many numbers are needed. */
  get count(): number {
    return this.#count;
  }

  /** The buckets of a limit; none if it is absent or off. */
  of(limit: Limit | undefined): readonly Bucket[] {
    if (limit?.enabled !== true) return none;
    return limit.buckets.map(({ interval: intervalMs, rate }) => {
      this.#count += 1;
      return { slot: this.#count - 1, rate, intervalMs };
    });
  }
}

/** The limits of commands, prepared. Commands without one of their own have the default, each for itself. */
export class CommandLimits {
  readonly #total: readonly Bucket[];
  readonly #byCommand: ReadonlyMap<Limited, readonly Bucket[]>;
  readonly #byMethod: ReadonlyMap<string, readonly Bucket[]>;

  constructor(options: Options & { connect?: Limit }, list: BucketList) {
    const own = (limit: Limit | undefined) => list.of(limit?.enabled === true ? limit : options.default);
    const total = list.of(options.total);
    const withTotal = (buckets: readonly Bucket[]) => [...buckets, ...total];
    this.#total = total;
    this.#byCommand = new Map(limited.map((name) => [name, withTotal(own(options[name]))]));
    const overrides = options.rpc.method_overrides.filter(({ enabled }) => enabled);
    this.#byMethod = new Map(overrides.map((override) => [override.method, withTotal(list.of(override))]));
  }

  /**
   * Whether a command may be carried out. Leaving something is always allowed and only counted: clients take a refused
   * unsubscribe for a broken connection.
   */
  take(times: number[], command: Command, now: number): boolean {
    const name = limitedName(command);
    if (name === undefined) {
      takeAnyway(times, this.#total, now);
      return true;
    }
    const ofMethod = command.name === 'rpc' ? this.#byMethod.get(command.request.method) : undefined;
    return take(times, ofMethod ?? this.#byCommand.get(name) ?? none, now);
  }

  /** Whether a user may connect. */
  takeConnect(times: number[], now: number): boolean {
    return take(times, this.#byCommand.get('connect') ?? none, now);
  }
}

function limitedName({ name, request }: Command): Limited | undefined {
  if (name === 'unsubscribe' || name === 'send') return undefined;
  if (name !== 'sub_refresh') return name;
  if (request.type === subRefreshTypes.untrack) return undefined;
  return request.type === subRefreshTypes.track ? 'track' : 'sub_refresh';
}
