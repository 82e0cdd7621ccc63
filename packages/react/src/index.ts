// Lists every public name of the hooks.
export { ParleyProvider, useParley } from './parley-provider.ts';
export { useCentrifugo } from './use-centrifugo.ts';
export { useChannel } from './use-channel.ts';
export { useConnection } from './use-connection.ts';
export { useMembers } from './use-members.ts';
export { useMessages } from './use-messages.ts';
export type { UseMessages } from './use-messages.ts';
export { usePresence } from './use-presence.ts';
export { useRoom } from './use-room.ts';
export { useRooms } from './use-rooms.ts';
export { useSession } from './use-session.ts';
export { useStore } from './use-store.ts';
export { useTyping } from './use-typing.ts';
export type { UseTyping } from './use-typing.ts';
