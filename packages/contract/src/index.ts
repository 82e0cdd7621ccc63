// Lists every public name of the contract.
export { Cursor, Id, Limit, PAGE_DEFAULT, PAGE_MAX, PageInfo, PlainText, Sequence, Time, pageOf } from './ids.ts';
export {
  ClientKind,
  DisplayName,
  Email,
  Invitation,
  InvitationCreate,
  InvitationLookup,
  InvitationOffer,
  LoginRequest,
  NewPassword,
  PresentedPassword,
  PublicConfig,
  ROLES,
  RefreshRequest,
  RegisterRequest,
  Registration,
  Role,
  RoleChange,
  SessionTokens,
  SetupRequest,
  User,
  UserPage,
  UserSummary,
} from './identity.ts';
export {
  Member,
  MemberAdd,
  MemberPage,
  Membership,
  ReadPointer,
  Room,
  RoomCreate,
  RoomPage,
  RoomPatch,
  RoomRole,
  Typing,
} from './rooms.ts';
export {
  Changes,
  ChangesQuery,
  MESSAGE_MAX_LENGTH,
  Message,
  MessageEdit,
  MessagePage,
  MessageQuery,
  MessageSend,
} from './messages.ts';
export { RealtimeToken, SubscriptionTokenRequest } from './realtime.ts';
export { RoomEvent, UserEvent } from './events.ts';
export { RIGHTS, RIGHT_NAMES, hasRight, type Right, type RightRow } from './rights.ts';
export { FieldProblem, PROBLEMS, PROBLEM_CODES, Problem, type ProblemCode } from './problems.ts';
