// Decides how the library jose is asked about our tokens; used by tests only.
import { jwtVerify } from 'jose';
import type { House } from './forge.test-support.ts';

/** What jose says, asked for the same: algorithm, typ, issuer, audience, leeway, and the claims that have to be there. */
export async function askJose(house: House, token: string): Promise<boolean> {
  try {
    await jwtVerify(token, house.key.key.verifyWith, {
      algorithms: [house.alg],
      typ: 'at+jwt',
      issuer: house.profile.issuer,
      audience: 'parley:api',
      clockTolerance: 30,
      maxTokenAge: 900,
      currentDate: new Date(house.claims.iat * 1000),
      requiredClaims: ['sub', 'jti', 'iat', 'exp', 'sid', 'uv', 'role', 'scope', 'client_id'],
    });
    return true;
  } catch (error) {
    if (error instanceof TypeError || (error instanceof Error && 'code' in error)) return false;
    throw error;
  }
}
