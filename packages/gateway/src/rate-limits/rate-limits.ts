// Decides whether a connection or its user has done too much: who is counted, and where the counts are kept.
import type { Command } from '@parley/protocol';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import { type Bucket, take } from './buckets.ts';
import { BucketList, CommandLimits } from './command-limits.ts';
import { UserTimes } from './user-times.ts';

/** A connection as its limits see it. Only this file writes `rateTimes`. */
export interface LimitedConnection {
  /** Undefined until something is counted. */
  rateTimes: number[] | undefined;
}

/** The limits that are switched on. Anonymous users are limited by connection only. */
export interface RateLimits {
  allows(connection: LimitedConnection, user: string, command: Command): boolean;
  allowsConnect(user: string): boolean;
  /** Counts an error reply. @returns false if there were too many */
  allowsError(connection: LimitedConnection): boolean;
}

/** Prepares the limits. Undefined: all are off. */
export function createRateLimits(
  { client }: Pick<GatewayConfig, 'client'>,
  clock: Pick<Clock, 'now'>,
  maxUsers: number,
): RateLimits | undefined {
  const { client_command: ofClient, user_command: ofUser, client_error: errors } = client.rate_limit;
  if (!ofClient.enabled && !ofUser.enabled && !errors.enabled) return undefined;
  const ownBuckets = new BucketList();
  const commands = ofClient.enabled ? new CommandLimits(ofClient, ownBuckets) : undefined;
  const errorBuckets: readonly Bucket[] = errors.enabled ? ownBuckets.of(errors.total) : [];
  const userBuckets = new BucketList();
  const userCommands = ofUser.enabled ? new CommandLimits(ofUser, userBuckets) : undefined;
  const users = new UserTimes(userBuckets.count, maxUsers);
  const timesOf = (connection: LimitedConnection): number[] =>
    (connection.rateTimes ??= Array.from({ length: ownBuckets.count }, () => 0));
  const allowsUser = (user: string, ask: (limits: CommandLimits, times: number[]) => boolean): boolean =>
    userCommands === undefined || user === '' || ask(userCommands, users.of(user, clock.now()));
  return {
    allows(connection, user, command) {
      const now = clock.now();
      if (commands?.take(timesOf(connection), command, now) === false) return false;
      return allowsUser(user, (limits, times) => limits.take(times, command, now));
    },
    allowsConnect: (user) => allowsUser(user, (limits, times) => limits.takeConnect(times, clock.now())),
    allowsError: (connection) => errorBuckets.length === 0 || take(timesOf(connection), errorBuckets, clock.now()),
  };
}
