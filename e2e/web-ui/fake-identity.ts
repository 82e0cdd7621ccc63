// Decides what the web app sees of accounts in its own tests: every answer has the shape of the contract.
import type {
  AdminUser,
  ApiKey,
  AuditEvent,
  Factors,
  PublicConfig,
  Session,
  SessionTokens,
  UserSummary,
  WaitingMail,
} from '@parley/contract';

const START = Date.UTC(2026, 0, 1);
const at = (hours: number): string => new Date(START + hours * 3_600_000).toISOString();
const idOf = (kind: number, number: number): string =>
  `01900000-0000-7000-8${String(kind).padStart(3, '0')}-${String(number).padStart(12, '0')}`;

/** The person who is signed in, and somebody else. */
export const PEOPLE: readonly [UserSummary, UserSummary] = [
  { id: '01900000-0000-7000-8000-000000000001', name: 'Ana Moreno' },
  { id: '01900000-0000-7000-8000-000000000002', name: 'Ben Okafor' },
];

/** A refusal of the fake. `retryAfter` is in seconds. */
export interface FakeRefusal {
  status: number;
  code: string;
  title: string;
  retryAfter?: number;
}

/** Accounts as the tests steer them. */
export interface FakeIdentity {
  /** Every identity call, as `POST /v1/auth/login`, in order. */
  readonly calls: string[];
  config: PublicConfig;
  role: 'admin' | 'manager' | 'member';
  /** While set, a right password is answered with it. */
  loginRefusal: FakeRefusal | undefined;
  wantsSecondFactor: boolean;
  /** While true, everything delicate is refused until the password was given. */
  wantsProof: boolean;
  isAuditWhole: boolean;
  factors: Factors;
  sessions: Session[];
  keys: ApiKey[];
  people: AdminUser[];
  mails: WaitingMail[];
  events: AuditEvent[];
}

/** One call. */
export interface Asked {
  body: Record<string, unknown>;
  query: URLSearchParams;
  path: string;
}

const session = (number: number, device: string, isCurrent: boolean): Session => ({
  id: idOf(1, number),
  client: 'web',
  createdAt: at(number),
  lastUsedAt: at(number + 20),
  expiresAt: at(800),
  source: `198.51.100.${number}`,
  device,
  methods: ['pwd', 'otp'],
  isCurrent,
});

const person = (number: number, fields: Partial<AdminUser>): AdminUser => ({
  id: idOf(0, number),
  name: `Person ${number}`,
  email: `person${number}@example.org`,
  role: 'member',
  createdAt: at(0),
  disabledAt: null,
  lastSeenAt: at(number),
  emailVerifiedAt: at(0),
  isLocked: false,
  hasSecondFactor: false,
  sessions: 1,
  ...fields,
});

const event = (number: number): AuditEvent => ({
  id: idOf(2, number),
  seq: number,
  at: at(number),
  name: number % 3 === 0 ? 'login.failed' : 'login.succeeded',
  outcome: number % 3 === 0 ? 'failure' : 'success',
  reason: number % 3 === 0 ? 'wrong_password' : null,
  actorId: null,
  subjectId: PEOPLE[1].id,
  sessionId: null,
  keyId: null,
  source: '198.51.100.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
  requestId: `request-${number}`,
  details: { client: 'web' },
  hash: 'a'.repeat(64),
});

const mail: WaitingMail = {
  id: idOf(3, 1),
  to: 'ben@example.org',
  template: 'reset',
  status: 'held',
  subject: 'Set a new password',
  text: 'Hello Ben,\n\nopen this link to set a new password:\nhttp://parley.localhost/reset#rst_abc\n\nIt works for 30 minutes.',
  createdAt: at(5),
  lastError: null,
};

/** A house with an administrator, somebody who is locked out and somebody who is disabled. */
export function createIdentity(): FakeIdentity {
  return {
    calls: [],
    config: {
      setupRequired: false,
      registration: 'open',
      realtimeUrl: '',
      passwordMinLength: 12,
      providers: [{ id: 'acme', name: 'Acme' }],
      version: '0',
    },
    role: 'admin',
    loginRefusal: undefined,
    wantsSecondFactor: false,
    wantsProof: false,
    isAuditWhole: true,
    factors: { hasPassword: true, totp: null, recoveryCodesLeft: 0, passkeys: [], providers: [] },
    sessions: [session(1, 'Firefox on Linux', true), session(2, 'Safari on iPhone', false)],
    keys: [],
    people: [
      person(1, { name: PEOPLE[0].name, email: 'ana@example.org', role: 'admin', hasSecondFactor: true }),
      person(2, { name: PEOPLE[1].name, email: 'ben@example.org', isLocked: true }),
      person(3, { name: 'Cleo Vermeulen-Achterberg', disabledAt: at(3), lastSeenAt: null, emailVerifiedAt: null }),
    ],
    mails: [mail],
    events: Array.from({ length: 7 }, (_, i) => event(7 - i)),
  };
}

/** The path with the ids of single things taken out. */
export const identityPath = (path: string): string =>
  path.replace(
    /^(\/v1\/(?:me\/(?:sessions|passkeys|api-keys|providers)|admin\/users))\/(?!end-others|options)[^/]+/,
    '$1/:id',
  );

const NO_MORE = { next: null, prev: null, hasMore: false };
const refuse = (status: number, code: string, title: string): { problem: FakeRefusal } => ({
  problem: { status, code, title },
});
const tokens = ({ role }: FakeIdentity): SessionTokens => ({
  accessToken: 'token',
  expiresIn: 900,
  user: { ...PEOPLE[0], email: 'ana@example.org', role, createdAt: at(0) },
});
const created = (house: FakeIdentity, fields: Pick<ApiKey, 'name' | 'scopes'>) => {
  const key: ApiKey = {
    id: idOf(4, house.keys.length + 1),
    ...fields,
    createdAt: at(1),
    expiresAt: at(2_000),
    lastUsedAt: null,
    replacedBy: null,
  };
  house.keys.push(key);
  return { key, secret: `prk_test_${house.keys.length}_secret` };
};
const single = (path: string): string => path.split('/')[4] ?? '';
const codes = Array.from({ length: 10 }, (_, i) => `k7qm-${i}f2d-9xva-${i}h4t`);

type Answer = (house: FakeIdentity, asked: Asked) => unknown;
const delicate =
  (answer: Answer): Answer =>
  (house, asked) =>
    house.wantsProof
      ? refuse(403, 'auth.reauthentication_required', 'Prove again who you are to do this')
      : answer(house, asked);

const ENTRY: Readonly<Record<string, Answer>> = {
  'GET /v1/config': ({ config }) => config,
  'POST /v1/auth/refresh': () => refuse(401, 'auth.invalid_grant', 'The session has ended'),
  'POST /v1/auth/login': (house) => {
    if (house.loginRefusal !== undefined) return { problem: house.loginRefusal };
    if (!house.wantsSecondFactor) return tokens(house);
    return { secondFactor: { ticket: 'ticket', methods: ['totp', 'recovery_code'], expiresIn: 300 } };
  },
  'POST /v1/auth/second-factor': (house, { body }) =>
    body['code'] === '123456' || body['code'] === codes[0]
      ? tokens(house)
      : refuse(401, 'auth.challenge_invalid', 'The code or the ticket is wrong or has expired'),
  'POST /v1/auth/passkey/options': () => ({
    challengeId: 'challenge-1',
    options: {
      challenge: 'Y2hhbGxlbmdl',
      rpId: 'parley.localhost',
      allowCredentials: [],
      userVerification: 'required',
    },
  }),
  'POST /v1/auth/passkey': (house, { body }) => {
    const { id } = body['response'] as { id: string };
    return house.factors.passkeys.some((known) => known.id === id)
      ? tokens(house)
      : refuse(400, 'passkey.invalid', 'The passkey could not be verified');
  },
  'POST /v1/auth/logout': () => null,
  'POST /v1/auth/password/forgot': () => null,
  'POST /v1/auth/password/reset': (_, { body }) =>
    body['token'] === 'used' ? refuse(410, 'link.invalid', 'This link has expired or was used') : null,
  'POST /v1/auth/email/confirm': () => null,
  'POST /v1/auth/not-me': () => null,
  'POST /v1/auth/reauthenticate': (house, { body }) => {
    if (body['password'] !== 'correct horse battery')
      return refuse(401, 'auth.invalid_credentials', 'The e-mail address or the password is wrong');
    house.wantsProof = false;
    return null;
  },
};

const ACCOUNT: Readonly<Record<string, Answer>> = {
  'GET /v1/me/sessions': ({ sessions }) => ({ data: sessions }),
  'DELETE /v1/me/sessions/:id': (house, { path }) => {
    house.sessions = house.sessions.filter(({ id }) => id !== single(path));
    return null;
  },
  'POST /v1/me/sessions/end-others': (house) => {
    const ended = house.sessions.filter(({ isCurrent }) => !isCurrent).length;
    house.sessions = house.sessions.filter(({ isCurrent }) => isCurrent);
    return { ended };
  },
  'POST /v1/me/password': delicate((house, { body }) =>
    body['currentPassword'] === 'correct horse battery'
      ? tokens(house)
      : refuse(401, 'auth.invalid_credentials', 'The e-mail address or the password is wrong'),
  ),
  'POST /v1/me/email': delicate(() => null),
  'POST /v1/me/email/verification': () => null,
  'GET /v1/me/factors': ({ factors }) => factors,
  'POST /v1/me/factors/totp': delicate(() => ({
    secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    uri: 'otpauth://totp/Parley:ana%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Parley',
    expiresIn: 600,
  })),
  'POST /v1/me/factors/totp/confirm': (house, { body }) => {
    if (body['code'] !== '123456') return refuse(401, 'auth.challenge_invalid', 'The code or the ticket is wrong');
    house.factors = { ...house.factors, totp: { createdAt: at(9) }, recoveryCodesLeft: 10 };
    return { recoveryCodes: codes };
  },
  'POST /v1/me/factors/recovery-codes': delicate(() => ({ recoveryCodes: codes })),
  'DELETE /v1/me/factors/totp': delicate((house) => {
    house.factors = { ...house.factors, totp: null, recoveryCodesLeft: 0 };
    return null;
  }),
  'POST /v1/me/passkeys/options': delicate(() => ({
    challengeId: 'challenge-2',
    options: {
      challenge: 'Y2hhbGxlbmdl',
      rp: { id: 'parley.localhost', name: 'Parley' },
      user: { id: 'YW5h', name: 'ana@example.org', displayName: PEOPLE[0].name },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    },
  })),
  'POST /v1/me/passkeys': delicate((house, { body }) => {
    const { id } = body['response'] as { id: string };
    const passkey = { id, name: String(body['name']), createdAt: at(7), lastUsedAt: null, isBackedUp: false };
    house.factors = { ...house.factors, passkeys: [...house.factors.passkeys, passkey] };
    return passkey;
  }),
  'PATCH /v1/me/passkeys/:id': (house, { path, body }) => {
    const passkeys = house.factors.passkeys.map((known) =>
      known.id === single(path) ? { ...known, name: String(body['name']) } : known,
    );
    house.factors = { ...house.factors, passkeys };
    return passkeys[0];
  },
  'DELETE /v1/me/passkeys/:id': delicate((house, { path }) => {
    const passkeys = house.factors.passkeys.filter(({ id }) => id !== single(path));
    house.factors = { ...house.factors, passkeys };
    return null;
  }),
  'DELETE /v1/me/providers/:id': delicate((house) => {
    house.factors = { ...house.factors, providers: [] };
    return null;
  }),
  'GET /v1/me/api-keys': ({ keys }) => ({ data: keys }),
  'POST /v1/me/api-keys': delicate((house, { body }) =>
    created(house, { name: String(body['name']), scopes: body['scopes'] as ApiKey['scopes'] }),
  ),
  'POST /v1/me/api-keys/:id/rotate': delicate((house, { path }) => {
    const old = house.keys.find(({ id }) => id === single(path));
    if (old === undefined) return undefined;
    const made = created(house, old);
    old.replacedBy = made.key.id;
    return made;
  }),
  'DELETE /v1/me/api-keys/:id': delicate((house, { path }) => {
    house.keys = house.keys.filter(({ id }) => id !== single(path));
    return null;
  }),
};

function change(house: FakeIdentity, path: string, fields: Partial<AdminUser>): AdminUser | undefined {
  house.people = house.people.map((known) => (known.id === single(path) ? { ...known, ...fields } : known));
  return house.people.find(({ id }) => id === single(path));
}

const ADMIN: Readonly<Record<string, Answer>> = {
  'GET /v1/admin/users': ({ people }, { query }) => {
    const search = (query.get('search') ?? '').toLowerCase();
    const role = query.get('role');
    const data = people.filter(
      (one) => `${one.name} ${one.email}`.toLowerCase().includes(search) && (role === null || one.role === role),
    );
    return { data, page: NO_MORE };
  },
  'PATCH /v1/admin/users/:id': (house, { path, body }) => {
    const { role, disabled } = body as { role?: AdminUser['role']; disabled?: boolean };
    if (role !== undefined && single(path) === PEOPLE[0].id)
      return refuse(409, 'user.last_admin', 'The last administrator cannot lose the role');
    return change(house, path, {
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { disabledAt: disabled ? at(50) : null }),
    });
  },
  'POST /v1/admin/users/:id/unlock': (house, { path }) => {
    change(house, path, { isLocked: false });
    return null;
  },
  'POST /v1/admin/users/:id/sign-out': (house, { path }) => {
    change(house, path, { sessions: 0 });
    return null;
  },
  'POST /v1/admin/users/:id/reset-link': delicate(() => ({
    url: 'http://parley.localhost/reset#rst_handed',
    expiresAt: at(900),
  })),
  'GET /v1/admin/audit': ({ events }, { query }) => {
    const name = query.get('name')?.replace('*', '') ?? '';
    const outcome = query.get('outcome');
    const data = events.filter((one) => one.name.startsWith(name) && (outcome === null || one.outcome === outcome));
    return { data, page: NO_MORE };
  },
  'GET /v1/admin/audit/verify': ({ events, isAuditWhole }) => ({
    ok: isAuditWhole,
    checked: events.length,
    lastHash: 'a'.repeat(64),
    brokenAt: isAuditWhole ? null : 3,
  }),
  'GET /v1/admin/audit/export': ({ events }) => events.map((one) => `${JSON.stringify(one)}\n`).join(''),
  'GET /v1/admin/mails': ({ mails }) => ({ data: mails, page: NO_MORE }),
};

/** Every identity call that the fake knows; null is an answer without a body. */
export const IDENTITY: Readonly<Record<string, Answer>> = { ...ENTRY, ...ACCOUNT, ...ADMIN };
