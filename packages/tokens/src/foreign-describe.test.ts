import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeForeign } from './foreign-describe.ts';

const json = '{}';

test('describeForeign() names user, channel, expiry and claims of a good token', () => {
  assert.equal(
    describeForeign({ ok: true, kind: 'connection', claims: { sub: '42', exp: 1_800_000_000 }, json }),
    'a good connection token of user "42", which expires at 2027-01-15T08:00:00.000Z\n{\n  "sub": "42",\n  "exp": 1800000000\n}',
  );
  assert.equal(
    describeForeign({ ok: true, kind: 'subscription', claims: { channel: 'news' }, json }),
    'a good subscription token of an anonymous user on channel "news", which does not expire\n{\n  "channel": "news"\n}',
  );
  assert.match(describeForeign({ ok: true, kind: 'connection', claims: { exp: 1e300 }, json }), /in the far future/);
});

test('describeForeign() says why a token is refused', () => {
  assert.equal(
    describeForeign({ ok: false, problem: 'unavailable' }),
    'the token is refused: its key could not be fetched; look whether the JWKS endpoint answers',
  );
  assert.equal(describeForeign({ ok: false, problem: 'expired' }), 'the token is refused: it has expired');
});
