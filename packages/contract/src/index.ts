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
  Provider,
  PublicConfig,
  ROLES,
  RefreshRequest,
  RegisterRequest,
  RegistrationMailed,
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
export {
  EmailChange,
  MailedToken,
  PasswordChange,
  PasswordForgotten,
  PasswordReset,
  Reauthentication,
  Session,
  SessionList,
  SessionsEnded,
  TokenRevocation,
} from './account.ts';
export {
  AdminUser,
  AdminUserPage,
  AdminUserPatch,
  AdminUserQuery,
  AuditEvent,
  AuditPage,
  AuditQuery,
  AuditRecord,
  AuditVerified,
  HandedLink,
  WaitingMail,
  WaitingMailPage,
} from './admin.ts';
export { ApiKey, ApiKeyCreate, ApiKeyCreated, ApiKeyList, SCOPES, Scope } from './api-keys.ts';
export {
  Factors,
  Passkey,
  PasskeyRegistration,
  PasskeyRename,
  RecoveryCodes,
  TotpConfirmation,
  TotpSetup,
} from './factors.ts';
export {
  PasskeyOptions,
  PasskeyOptionsRequest,
  PasskeyResponse,
  PasskeySignIn,
  ProviderRedirect,
  ProviderStart,
  SecondFactorMethod,
  SecondFactorRequest,
  SecondFactorRequired,
  SignInAnswer,
} from './sign-in.ts';
export { RealtimeToken, SubscriptionTokenRequest } from './realtime.ts';
export { RoomEvent, UserEvent } from './events.ts';
export {
  CHANNELS,
  RIGHTS,
  RIGHT_NAMES,
  hasRight,
  mayUseChannels,
  rightsOf,
  type ChannelKind,
  type ChannelRow,
  type Right,
  type RightRow,
  type RightsHolder,
} from './rights.ts';
export { OwnRights } from './own-rights.ts';
export { OperatorAnswer, OperatorOrder } from './operator.ts';
export { FieldProblem, PROBLEMS, PROBLEM_CODES, Problem, ProofOfWork, type ProblemCode } from './problems.ts';
