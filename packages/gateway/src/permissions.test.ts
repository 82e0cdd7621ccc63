import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawJson } from '@parley/protocol';
import { type GatewayConfigInput, readGatewayConfig } from './config.ts';
import { type ChannelRules, createNamespaces } from './namespaces.ts';
import { isDataAllowed, mayPublish, mayReadHistory, maySeePresence, maySubscribe } from './permissions.ts';

type Options = NonNullable<NonNullable<GatewayConfigInput['channel']>['without_namespace']>;

function rulesOf(options: Options, channel = 'c'): ChannelRules {
  const read = readGatewayConfig({ channel: { without_namespace: options } });
  assert.ok(read.ok);
  const rules = createNamespaces(read.config)(channel);
  assert.ok(rules);
  return rules;
}

const flags = [false, true] as const;

test('mayPublish(), maySeePresence() and mayReadHistory(): (client or subscriber there) and (named or anonymous allowed), or insecure', () => {
  const questions = { publish: mayPublish, presence: maySeePresence, history: mayReadHistory };
  const allowances = flags.flatMap((client) =>
    flags.flatMap((subscriber) => flags.map((anonymous) => ({ client, subscriber, anonymous }))),
  );
  for (const [name, may] of Object.entries(questions)) {
    for (const { client, subscriber, anonymous } of allowances) {
      const rules = rulesOf({
        [`allow_${name}_for_client`]: client,
        [`allow_${name}_for_subscriber`]: subscriber,
        [`allow_${name}_for_anonymous`]: anonymous,
      });
      for (const [user, isSubscribed, expected] of [
        ['ann', false, client],
        ['ann', true, client || subscriber],
        ['', false, client && anonymous],
        ['', true, (client || subscriber) && anonymous],
      ] as const) {
        const row = JSON.stringify({ name, client, subscriber, anonymous, user, isSubscribed });
        assert.equal(may(rules, { user, isSubscribed, isInsecure: false }), expected, row);
        assert.equal(may(rules, { user, isSubscribed, isInsecure: true }), true, row);
      }
    }
  }
});

test('maySubscribe() without a token', () => {
  for (const [options, channel, user, isInsecure, expected] of [
    [{}, 'c', 'ann', false, false],
    [{}, 'c', 'ann', true, true],
    [{ allow_subscribe_for_client: true }, 'c', 'ann', false, true],
    [{ allow_subscribe_for_client: true }, 'c', '', false, false],
    [{ allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true }, 'c', '', false, true],
    [{ allow_subscribe_for_anonymous: true }, 'c', '', false, false],
    [{ allow_subscribe_for_client: true }, '$c', 'ann', false, false],
    [{}, '$c', 'ann', true, false],
    [{ allow_user_limited_channels: true }, 'c#ann,bob', 'ann', false, true],
    [{ allow_user_limited_channels: true }, 'c#ann,bob', 'bob', false, true],
    [{ allow_user_limited_channels: true }, 'c#ann#bob', 'ann', false, false],
    [{ allow_user_limited_channels: true, allow_subscribe_for_client: true }, 'c#ann', 'eve', false, false],
    [{ allow_user_limited_channels: true, allow_subscribe_for_client: true }, 'c#', '', false, false],
    [{ allow_user_limited_channels: true }, 'c#ann', 'eve', true, true],
    [{ allow_user_limited_channels: true }, '$c#ann', 'ann', false, false],
    [{}, 'c#ann', 'ann', false, false],
    [{ allow_subscribe_for_client: true }, 'c#bob', 'ann', false, true],
  ] as const) {
    const row = JSON.stringify({ options, channel, user, isInsecure });
    assert.equal(maySubscribe(rulesOf(options, channel), { user, isInsecure }), expected, row);
  }
});

test('isDataAllowed() follows the data format', () => {
  for (const [format, data, expected] of [
    ['', undefined, false],
    ['', '1', true],
    ['json', '[1]', true],
    ['json_object', '{"a":1}', true],
    ['json_object', '[1]', false],
    ['json_object', '"{"', false],
  ] as const) {
    const rules = rulesOf({ publication_data_format: format });
    assert.equal(isDataAllowed(rules, data as RawJson | undefined), expected, `${format} ${data}`);
  }
});
