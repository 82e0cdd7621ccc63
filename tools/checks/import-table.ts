// Decides who may import whom: packages, and rooms inside gateway and api (the table of docs/architecture.md).

/** Our packages, each with those of ours that it may import, type imports included. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  tokens: [],
  contract: [],
  gateway: ['protocol', 'tokens'],
  api: ['contract', 'tokens', 'protocol'],
  client: ['contract'],
  react: ['client', 'contract'],
  web: ['react', 'client', 'contract'],
  parley: ['protocol', 'tokens', 'contract', 'gateway', 'api', 'client'],
};

/**
 * One rule inside a package: a file that `from` matches may not import a file of the same package that `to` matches,
 * unless `except` matches the importing file. Paths are relative to the package's `src`.
 */
export interface RoomRule {
  from: RegExp;
  to: RegExp;
  except?: RegExp;
  message: string;
}

const everyFile = /^/;

/** The rooms inside packages. Tests and the support of tests are free of these rules, not of the package table. */
export const ROOMS: Readonly<Record<string, readonly RoomRule[]>> = {
  gateway: [
    {
      from: everyFile,
      to: /^engine\/(memory|shared|redis)\//,
      except: /^(gateway\.ts|index\.ts|engine\/(memory|shared|redis)\/)/,
      message: 'only gateway.ts chooses an engine; ask for the interface in engine/*.ts',
    },
    {
      from: /^(hub|engine|permissions|namespaces|tags-filter|config|limits|session\/recovery)\b/,
      to: /^(transports|commands|operations|server-api|hooks|shared-poll|gateway\.ts|session\/(?!recovery))/,
      message: 'the hub, the engine and the pure rules know no room above them',
    },
    {
      from: /^(backend|rate-limits|revocations)\//,
      to: /^(transports|commands|operations|server-api|hooks|shared-poll|hub|session|engine|context|gateway)\b/,
      message: 'what is asked of the application, and what is allowed, knows nothing of connections and channels',
    },
    {
      from: /^(hooks|shared-poll|metrics)\//,
      to: /^(transports|commands|operations|server-api|session|context|gateway)\b/,
      message: 'hooks, shared polls and metrics are told by others; they know no session',
    },
    {
      from: /^server-api\//,
      to: /^(transports|commands|session)\//,
      message: 'the server API stands on operations, beside the commands of clients',
    },
    {
      from: /^session\//,
      to: /^(transports|commands|operations|server-api|gateway\.ts)/,
      message: 'a session knows the transport interface, not transports, commands or operations',
    },
    {
      from: /^operations\//,
      to: /^(transports|commands|server-api|gateway\.ts)/,
      message: 'operations stand below commands and transports',
    },
    {
      from: /^commands\//,
      to: /^(transports|server-api|gateway\.ts)/,
      message: 'commands stand below transports',
    },
    { from: /^(transports|server-api)\//, to: /^gateway\.ts$/, message: 'gateway.ts composes; nobody imports it' },
  ],
  api: [
    {
      from: /(^|\/)policy\.ts$/,
      to: /^(?!(.*\/)?(policy|roles|context|schema)\.ts$)/,
      message: 'a policy imports roles and other policies only',
    },
    {
      from: /(^|\/)store\.ts$/,
      to: /(^|\/)(routes|publisher|relay)\.ts$|^http\//,
      message: 'a store knows the database, no routes and no delivery',
    },
    {
      from: everyFile,
      to: /(^|\/)([\w-]+-)?routes\.ts$/,
      except: /^(index|app|create-api|identity\/identity)\.ts$|(^|\/)([\w-]+-)?routes\.ts$/,
      message: 'routes are registered by the composition only',
    },
    {
      from: everyFile,
      to: /^realtime\/publisher\.ts$/,
      except: /^(index|app|create-api)\.ts$/,
      message: 'only the composition chooses a publisher',
    },
  ],
};

/**
 * Whether the import crosses from one domain of the collaboration into the store of another: domains ask each other's
 * policies, never each other's tables.
 *
 * @param from the importing file, relative to the `src` of the api
 * @param to the imported file, likewise
 */
export function reachesForeignStore(from: string, to: string): boolean {
  const domain = /^(?:collaboration\/)?([\w-]+)\/store\.ts$/.exec(to)?.[1];
  const own = /^(?:collaboration\/)?([\w-]+)\//.exec(from)?.[1];
  return domain !== undefined && own !== undefined && domain !== own;
}
