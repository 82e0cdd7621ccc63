// Decides how deliveries become calls of the gateway's server API; nothing else calls it for them.
import type { ApiReply, ServerApi } from '@parley/protocol';
import type { Delivered, Delivery, Realtime } from './realtime.ts';

/** Error of the server API: the channel's namespace keeps no history. */
const NOT_AVAILABLE = 108;

/** Turns deliveries into calls. Calls reject when the gateway cannot be reached; that passes through. */
export function createPublisher(serverApi: ServerApi): Realtime {
  return {
    deliver: (delivery) => deliver(serverApi, delivery),
    async position(channel) {
      const reply = await serverApi.call('history', { channel, limit: 0 });
      if (reply.error === undefined) return { offset: reply.result.offset, epoch: reply.result.epoch };
      if (reply.error.code === NOT_AVAILABLE) return null;
      throw new Error(`the gateway refused to tell a stream position: ${reply.error.code} ${reply.error.message}`);
    },
  };
}

async function deliver(serverApi: ServerApi, delivery: Delivery): Promise<Delivered> {
  switch (delivery.kind) {
    case 'publish': {
      const { channel, data, key } = delivery;
      return outcome(await serverApi.call('publish', { channel, data, idempotency_key: key }));
    }
    case 'ephemeral': {
      const { channel, data } = delivery;
      return outcome(await serverApi.call('publish', { channel, data, skip_history: true }));
    }
    case 'unsubscribe': {
      const { userId, channel } = delivery;
      return outcome(await serverApi.call('unsubscribe', { user: userId, channel }));
    }
    case 'broadcast': {
      const { data, key } = delivery;
      const reply = await serverApi.call('broadcast', {
        channels: [...delivery.channels],
        data,
        idempotency_key: key,
      });
      if (reply.error !== undefined) return { ok: false, error: reply.error };
      return { ok: true, lost: reply.result.responses.filter((one) => one.error !== undefined).length };
    }
    default:
      return delivery satisfies never;
  }
}

function outcome(reply: ApiReply<unknown>): Delivered {
  return reply.error === undefined ? { ok: true, lost: 0 } : { ok: false, error: reply.error };
}
