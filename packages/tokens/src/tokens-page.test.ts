// Decides that docs/tokens.md says what the code does: claims, kinds, algorithms, refusals, and examples that verify.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { algorithmNames } from './algorithm.ts';
import { claimNames } from './claim-rules.ts';
import { clockAt, encode, rawSign } from './forge.test-support.ts';
import { tokenRings } from './key-file.ts';
import { createKeyring, generateKey } from './keyring.ts';
import { createProfile, tokenKinds } from './profile.ts';
import { createVerifier } from './verify.ts';

const page = readFileSync(new URL('../../../docs/tokens.md', import.meta.url), 'utf8');
const titles = { access: 'Access token', connection: 'Connection token', subscription: 'Subscription token' };

for (const kind of tokenRings) {
  const section = page.split(/^## /m).find((text) => text.startsWith(titles[kind])) ?? '';
  const { required, optional, forbidden } = claimNames(kind);

  test(`docs/tokens.md lists exactly the claims of ${kind} tokens`, () => {
    const rows = Array.from(
      section.matchAll(/^\| `(\w+)` +\| (yes|no) +\|/gm),
      ([, name = '', word = '']) => `${name} ${word}`,
    );
    const expected = [...required.map((name) => `${name} yes`), ...optional.map((name) => `${name} no`)];
    assert.deepEqual(rows.toSorted(), expected.toSorted());
    const never = /^Never there: (.*)\.$/m.exec(section)?.[1] ?? '';
    assert.deepEqual(never.split(', ').toSorted(), forbidden.map((name) => `\`${name}\``).toSorted());
  });

  test(`docs/tokens.md has an example of ${kind} tokens that verifies, with every claim but nbf`, () => {
    const json = new RegExp(`\`\`\`json ${kind}\\n([^\`]*)\`\`\``).exec(section)?.[1] ?? '';
    const claims = JSON.parse(json);
    assert.deepEqual(
      Object.keys(claims).toSorted(),
      [...required, ...optional].filter((name) => name !== 'nbf').toSorted(),
    );
    const key = generateKey('HS256', 'current');
    const ring = createKeyring(kind, [key]);
    const profile = createProfile({ kind, issuer: claims.iss, algorithms: ['HS256'], ring, maxLifeSeconds: 900 });
    const input = `${encode({ alg: 'HS256', typ: tokenKinds[kind].typ, kid: key.kid })}.${encode(claims)}`;
    const verified = createVerifier(
      profile,
      clockAt(claims.iat),
    )(`${input}.${rawSign('HS256', input, key.key.verifyWith)}`);
    assert.deepEqual(verified, { ok: true, claims, kid: key.kid });
    const row = new RegExp(
      `^\\| \`${kind}\` +\\| \`${tokenKinds[kind].typ.replace('+', '\\+')}\` +\\| \`${tokenKinds[kind].audience}\``,
      'm',
    );
    assert.match(page, row);
  });
}

test('docs/tokens.md names every algorithm', () => {
  const section = page.split(/^## /m).find((text) => text.startsWith('Algorithms')) ?? '';
  const named = section.split('\n').flatMap((line) => {
    const [, cell = ''] = /^\| (`[^|]*) \|/.exec(line) ?? [];
    return Array.from(cell.matchAll(/`(\w+)`/g), ([, name = '']) => name);
  });
  assert.deepEqual(named.filter((name) => name !== 'JWT_ALGORITHM').toSorted(), [...algorithmNames].toSorted());
});

test('docs/tokens.md explains every reason of a refusal', () => {
  const source = readFileSync(new URL('./problems.ts', import.meta.url), 'utf8');
  const union = /export type TokenProblem =([^;]*);/.exec(source)?.[1] ?? '';
  const section = page.split(/^## /m).find((text) => text.startsWith('Refusals')) ?? '';
  const reasons = Array.from(union.matchAll(/'(\w+)'/g), ([, name]) => `\`${name}\``);
  assert.equal(reasons.length, 16);
  for (const reason of reasons) assert.ok(section.includes(reason), reason);
});
