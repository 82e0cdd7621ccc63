// Holds the options of engines. Memory is the one that this server has alone; the others are known and refused by name.
import { textMap } from './field-map.ts';
import { choice, duration, flag, integer, opaque, text, texts, unsupported } from './fields.ts';
import { tls } from './options-common.ts';

const memoryOnly = 'the gateway has the engine "memory" only; use --workers for more cores of one machine';

const redis = {
  address: texts('Addresses of Redis; default redis://127.0.0.1:6379.'),
  cluster_address: texts('Addresses of a cluster.'),
  sentinel_address: texts('Addresses of sentinels.'),
  sentinel_master_name: text('Name of the master.'),
  sentinel_user: text('User at the sentinels.'),
  sentinel_password: text('Password at the sentinels.'),
  sentinel_client_name: text('Name of this client at the sentinels.'),
  sentinel_tls: tls,
  db: integer('Number of the database.'),
  user: text('User.'),
  password: text('Password.'),
  client_name: text('Name of this client.'),
  force_resp2: flag('Speak RESP2.'),
  connect_timeout: duration('How long connecting may take.', '1s'),
  io_timeout: duration('How long an answer may take.', '4s'),
  tls,
  prefix: text('Prefix of keys and channels.', 'centrifugo'),
  replica_client: { enabled: flag('Read from replicas.') },
  history_use_lists: flag('Keep history in lists.'),
  presence_ttl: duration('How long presence lives without renewal.', '60s'),
  presence_hash_field_ttl: flag('Let fields of hashes expire.'),
  presence_user_mapping: flag('Keep users beside clients.'),
};

const postgres = opaque('Of the engine PostgreSQL; has no effect here.');

/** Everything under `engine`. */
export const engine = {
  type: unsupported(choice('Where history and presence live.', ['memory', 'redis']), memoryOnly),
  redis,
};

/** Everything under `broker`. */
export const broker = {
  enabled: flag('Choose the broker apart from the engine.'),
  type: unsupported(choice('Where history lives.', ['memory', 'redis', 'nats', 'redisnats', 'postgres']), memoryOnly),
  redis,
  nats: {
    url: text('Address of NATS.', 'nats://localhost:4222'),
    prefix: text('Prefix of subjects.', 'centrifugo'),
    dial_timeout: duration('How long connecting may take.', '1s'),
    write_timeout: duration('How long a write may take.', '1s'),
    tls,
    allow_wildcards: flag('Allow wildcards in channels.'),
    raw_mode: {
      enabled: flag('Use subjects as they are.'),
      channel_replacements: textMap('Replacements in channel names.'),
      prefix: text('Prefix of subjects.'),
    },
  },
  postgres,
  redisnats: { redis: opaque('Has no effect here.'), nats: opaque('Has no effect here.') },
};

/** Everything under `presence_manager`. */
export const presenceManager = {
  enabled: flag('Choose the presence manager apart from the engine.'),
  type: unsupported(choice('Where presence lives.', ['memory', 'redis']), memoryOnly),
  redis,
};

/** Everything under `map_broker`. */
export const mapBroker = {
  type: unsupported(choice('Where maps live.', ['memory', 'redis', 'postgres']), memoryOnly),
  redis: {
    ...redis,
    cleanup_interval: duration('How often expired keys are removed.', '1s'),
    cleanup_batch_size: integer('Keys that are removed at once.', 100),
    idempotent_result_ttl: duration('How long results are kept.', '5m'),
    skip_pub_sub: flag('Do not publish changes.'),
  },
  postgres,
};

/** Everything under `controller`. */
export const controller = {
  enabled: unsupported(flag('Let nodes talk through a database.'), memoryOnly),
  type: choice('Through which database.', ['', 'postgres']),
  postgres,
};
