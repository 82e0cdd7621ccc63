// Decides what people are told about each problem code: where it comes from and what to do.
import type { ProblemCode } from '@parley/contract';

/** Cause and fix of a problem, one or two sentences each. */
export interface Explanation {
  cause: string;
  fix: string;
}

/** The explanation of every problem code. */
export const EXPLANATIONS: Readonly<Record<ProblemCode, Explanation>> = {
  'request.malformed': {
    cause: 'The body is not JSON, a header is broken, or there are two Authorization headers.',
    fix: 'Send one JSON value in UTF-8 and each header once.',
  },
  'request.invalid': {
    cause: 'A field is missing, unknown, or of a wrong form. `errors` names each with a JSON pointer.',
    fix: 'Correct the named fields; the forms stand in /openapi.json.',
  },
  'auth.required': {
    cause: 'The request has no access token.',
    fix: 'Sign in, and send `Authorization: Bearer <accessToken>`.',
  },
  'auth.invalid_token': {
    cause: 'The access token has expired, was not made by this server, or its session or account has ended.',
    fix: 'Renew it with POST /v1/auth/refresh; if that answers 401, sign in again. The log of the server says why.',
  },
  'auth.invalid_credentials': {
    cause: 'There is no account with this address, or the password is another. The answer is the same for both.',
    fix: 'Check both. An administrator can send a new invitation.',
  },
  'auth.invalid_grant': {
    cause: 'The session was ended, has expired, or its refresh token was used twice, which ends it for safety.',
    fix: 'Sign in again. If it was not you who signed in elsewhere, change the password.',
  },
  'auth.forbidden': {
    cause: 'You are signed in, but your role does not allow this.',
    fix: 'Ask an administrator or the owner of the room.',
  },
  'auth.csrf': {
    cause: 'A request with the session cookie came from another site, or without the header `x-parley-client`.',
    fix: 'Call from the page itself. For another site of your own, add it to PARLEY_ALLOWED_ORIGINS.',
  },
  'auth.reauthentication_required': {
    cause: 'The thing is delicate, and it is more than 15 minutes since you last proved who you are.',
    fix: 'Send the password, a code or the answer of a passkey to POST /v1/auth/reauthenticate, then try again.',
  },
  'auth.challenge_invalid': {
    cause: 'The code is wrong or was used, the ticket has expired, or there were too many tries.',
    fix: 'Wait for the next code. If the ticket has expired, begin with the password again.',
  },
  'auth.challenge_required': {
    cause:
      'There were many failed tries for this name, so that a try from an unknown device costs some computing first.',
    fix: 'The page does it by itself. Other clients solve `challenge` of the answer and send it as `proof`.',
  },
  'password.unset': {
    cause: 'The account signs in with a passkey or through a provider and has no password.',
    fix: 'Set one through "forgot password", or use the other way to prove who you are.',
  },
  'link.invalid': {
    cause: 'The link was used, is too old, or a newer one was asked for.',
    fix: 'Ask for a new one.',
  },
  'mail.unavailable': {
    cause: 'PARLEY_SMTP_URL is not set, so that no mail can be sent.',
    fix: 'An administrator finds the link on the admin page and hands it over.',
  },
  'factor.exists': {
    cause: 'One-time codes are on already, or this passkey is known.',
    fix: 'Remove the old one first.',
  },
  'factor.last': {
    cause: 'Without it nobody could sign in to this account any more.',
    fix: 'Set a password or add another passkey first.',
  },
  'passkey.invalid': {
    cause: 'The answer of the authenticator does not fit the question, this site or a known passkey.',
    fix: 'Try again; if it goes on, sign in another way and add the passkey anew.',
  },
  'provider.failed': {
    cause: 'The provider refused, could not be reached, or answered something that could not be verified.',
    fix: 'Try again. The log of the server names the reason.',
  },
  'provider.unlinked': {
    cause: 'The provider knows you, but no account here is linked with it, and registration is not open.',
    fix: 'Sign in another way and link the provider on your account page, or ask for an invitation.',
  },
  'apikey.limit': {
    cause: 'A person has at most 50 keys that work at the same time.',
    fix: 'Revoke one that nothing uses any more; the list says when each was used last.',
  },
  'apikey.replaced': {
    cause: 'The key was rotated before; its successor is named in `replacedBy`.',
    fix: 'Rotate the successor, or make a new key.',
  },
  'session_auth.unavailable': {
    cause: 'The request carries a session cookie of the older system, and SESSION_AUTH_URL did not answer in time.',
    fix: 'Try again. If it stays so, look after the older system, or sign in here and send a bearer token.',
  },
  'scope.too_wide': {
    cause: 'A scope was asked for that your own role does not have.',
    fix: 'Leave it out.',
  },
  'registration.closed': {
    cause: 'PARLEY_REGISTRATION is `closed`.',
    fix: 'An administrator opens registration, or makes the account with `parley user create`.',
  },
  'invitation.required': {
    cause: 'PARLEY_REGISTRATION is `invitation`, and the request has none.',
    fix: 'Ask a member for an invitation link.',
  },
  'invitation.invalid': {
    cause: 'The link has expired, was used, or is not complete.',
    fix: 'Ask for a new one; a link works once.',
  },
  'setup.done': {
    cause: 'The first administrator exists already.',
    fix: 'Sign in with that account.',
  },
  'setup.invalid_token': {
    cause: 'The link is of an earlier start, has expired, or is not complete.',
    fix: 'Start Parley again and follow the link that it prints.',
  },
  'password.policy': {
    cause: 'The password is too short or too long.',
    fix: 'Use at least as many characters as GET /v1/config says in `passwordMinLength`, and at most 256.',
  },
  'user.exists': {
    cause: 'The address belongs to an account.',
    fix: 'Sign in with it, or use another address.',
  },
  'user.last_admin': {
    cause: 'This is the only administrator, and nobody could undo the change.',
    fix: 'Make somebody else administrator first.',
  },
  not_found: {
    cause: 'It does not exist, or you may not know of it. The answer is the same for both.',
    fix: 'Check the address; for a private room, ask its owner to add you.',
  },
  'method.not_allowed': {
    cause: 'The address exists, but not with this method.',
    fix: 'Use one of the methods that the `Allow` header names.',
  },
  'room.last_owner': {
    cause: 'The room would be left without an owner.',
    fix: 'Make another member owner first.',
  },
  'message.deleted': {
    cause: 'The message was deleted; its place stays.',
    fix: 'Write a new one.',
  },
  'refresh.superseded': {
    cause: 'Another tab has renewed the session a moment ago.',
    fix: 'Read the cookie or the stored token again and retry once.',
  },
  'idempotency.in_progress': {
    cause: 'A request with the same Idempotency-Key is still running.',
    fix: 'Wait a second and send it again.',
  },
  'idempotency.mismatch': {
    cause: 'The Idempotency-Key was used before, with another body or address.',
    fix: 'Use a new key for a new request.',
  },
  'body.too_large': {
    cause: 'The body is above the limit: 64 KB, and 8 KB for signing in.',
    fix: 'Send less, or split it.',
  },
  'media.unsupported': {
    cause: 'The body is not labelled as JSON.',
    fix: 'Send `Content-Type: application/json`.',
  },
  'rate.limited': {
    cause: 'Too many requests from this person or address.',
    fix: 'Wait as many seconds as `Retry-After` says.',
  },
  'server.error': {
    cause: 'A fault in Parley.',
    fix: 'Look for the `requestId` in the log, and report it with that line.',
  },
  'server.busy': {
    cause: 'The server is starting, stopping, or has too many password checks waiting.',
    fix: 'Try again after `Retry-After` seconds.',
  },
  'storage.full': {
    cause: 'The disk of the data folder is full. Nothing of this request was stored.',
    fix: 'Free space; Parley goes on by itself. See docs/operations.md, "Full disk".',
  },
  'storage.unavailable': {
    cause: 'The database is locked by another program or cannot be reached. Nothing of this request was stored.',
    fix: 'Try again. If it stays, run `parley doctor`.',
  },
};
