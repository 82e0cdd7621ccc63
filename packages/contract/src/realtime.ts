// Decides the bodies of the endpoints that hand out realtime tokens.
import { z } from 'zod';

/** A token for the gateway. `expiresIn` says for how many seconds it may be presented. */
export const RealtimeToken = z.object({ token: z.string(), expiresIn: z.number().int() });
/** See {@link RealtimeToken}. */
export type RealtimeToken = z.infer<typeof RealtimeToken>;

/** Asks for a token to subscribe to one channel. */
export const SubscriptionTokenRequest = z.strictObject({ channel: z.string().min(1).max(255) });
/** See {@link SubscriptionTokenRequest}. */
export type SubscriptionTokenRequest = z.infer<typeof SubscriptionTokenRequest>;
