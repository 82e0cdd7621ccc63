// Decides who may change a message.
import { hasRight } from '@parley/contract';
import { mayPostInRoom, maySeeRoom, type Standing } from '../rooms/policy.ts';

/** Whether the person may put other words into a message: its author, while a member of the room. */
export const mayEditMessage = (standing: Standing, isAuthor: boolean): boolean => isAuthor && mayPostInRoom(standing);

/**
 * Whether the person may delete a message: its author while a member, the room's owners, and who moderates rooms where
 * they can see this one.
 */
export const mayDeleteMessage = (standing: Standing, isAuthor: boolean): boolean =>
  mayEditMessage(standing, isAuthor) ||
  standing.roomRole === 'owner' ||
  (hasRight(standing.who, 'rooms:moderate') && maySeeRoom(standing));
