// Decides how the identity domain is put together from its ports.
import type { ApiContext } from '../context.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { WaysIn } from '../http/gate-ports.ts';
import { background } from '../http/log.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import { createDisconnector } from '../realtime/disconnect.ts';
import type { RevocationList } from '../realtime/revocation.ts';
import { createAfterAnswer } from './after-answer.ts';
import { registerAccountRoutes } from './account-routes.ts';
import { registerAdminUserRoutes } from './admin-user-routes.ts';
import { createKeyJudge } from './api-key-judge.ts';
import { registerApiKeyRoutes } from './api-key-routes.ts';
import { registerAuthRoutes } from './auth-routes.ts';
import { readDevice } from './devices.ts';
import { registerFactorRoutes } from './factors/factor-routes.ts';
import { createSecondFactors } from './factors/second-factor.ts';
import { registerFactorSignInRoutes } from './factors/sign-in-routes.ts';
import { sweepIdentity } from './housekeeping.ts';
import { registerEmailRoutes } from './email-routes.ts';
import { registerPasswordRoutes } from './password-routes.ts';
import type { Work } from './challenge.ts';
import { createLockout } from './lockout.ts';
import { createPasswords } from './passwords.ts';
import type { DeviceOf, IdentityPorts, OnRegistered, SecondFactors } from './ports.ts';
import { createProviderDirectory } from './providers/directory.ts';
import { registerProviderRoutes } from './providers/provider-routes.ts';
import { createRefreshFamilies } from './refresh-families.ts';
import { registerRefreshRoutes } from './refresh-routes.ts';
import { registerSessionRoutes } from './session-routes.ts';
import { createSetupLink } from './setup.ts';

const SWEEP_MS = 60_000;

/** What identity is made of, besides the context. */
export interface IdentityOptions {
  limits: RateLimits;
  revocations: RevocationList;
  onRegistered: OnRegistered;
  /** Those of the product if not given. */
  secondFactors?: SecondFactors;
  /** How much work a challenge asks strangers for; a second or two if not given. */
  challengeWork?: Work;
  /** Read from the device cookie or header if not given. */
  deviceOf?: DeviceOf;
}

/** The identity domain with its life cycle. */
export interface Identity {
  /** Ports of the routes; hand them to {@link registerIdentityRoutes}. */
  ports: IdentityPorts;
  /** How requests may say who makes them, besides access tokens; hand it to the gate. */
  waysIn: WaysIn;
  /** A new set-up link, or undefined once somebody has an account. Show it in the terminal and nowhere else. */
  setupLink(): Promise<string | undefined>;
  /** Erases what has passed its end; done every minute while open. */
  sweep(): Promise<void>;
  /** Stops the sweeping. Disconnects under way are waited for by `ports.disconnector.idle()`. */
  close(): void;
}

/** Makes the domain; computes the dummy password hash, so it takes as long as one login. */
export async function createIdentity(context: ApiContext, options: IdentityOptions): Promise<Identity> {
  const { config, clock, database, log } = context;
  const ports: IdentityPorts = {
    ...context,
    limits: options.limits,
    revocations: options.revocations,
    onRegistered: options.onRegistered,
    afterAnswer: createAfterAnswer({ log }),
    passwords: await createPasswords(config, context),
    families: createRefreshFamilies({ ...context, limits: options.limits }),
    directory: createProviderDirectory({ config, clock }),
    secondFactors: options.secondFactors ?? createSecondFactors(context),
    deviceOf: options.deviceOf ?? ((request) => readDevice(context, request.raw.rawHeaders)?.deviceId ?? null),
    lockout: createLockout(
      { secretKeys: context.secretKeys, clock, database, limits: options.limits },
      options.challengeWork,
    ),
    disconnector: createDisconnector({ serverApi: context.serverApi, clock, audit: context.audit, log }),
  };
  const sweep = async (): Promise<void> => {
    await sweepIdentity(ports);
    await options.revocations.sweep();
  };
  const timer = setInterval(() => background(log, 'sweep', sweep()), SWEEP_MS);
  timer.unref();
  const waysIn = { keys: createKeyJudge(ports) };
  return { ports, waysIn, setupLink: () => createSetupLink(ports), sweep, close: () => clearInterval(timer) };
}

/** Adds every identity endpoint. */
export function registerIdentityRoutes(app: ApiApp, ports: IdentityPorts): void {
  registerAuthRoutes(app, ports);
  registerRefreshRoutes(app, ports);
  registerSessionRoutes(app, ports);
  registerAccountRoutes(app, ports);
  registerPasswordRoutes(app, ports);
  registerEmailRoutes(app, ports);
  registerApiKeyRoutes(app, ports);
  registerAdminUserRoutes(app, ports);
  registerFactorSignInRoutes(app, ports);
  registerFactorRoutes(app, ports);
  registerProviderRoutes(app, ports);
}
