// Decides which combinations of the options of connections, tokens and transports cannot work.
import type { GatewayConfig } from './table.ts';
import { isUnsupportedGlob } from '../glob.ts';
import { checkMessage } from './checks-text.ts';

/** Looks at `client` and at the codes that unidirectional transports end with. */
export function checkClient(config: GatewayConfig, problems: string[]): void {
  const { client } = config;
  if (client.ping_interval > 0 && client.pong_timeout >= client.ping_interval) {
    problems.push('client.pong_timeout must be smaller than client.ping_interval');
  }
  for (const origin of client.allowed_origins.filter(isUnsupportedGlob)) {
    problems.push(`client.allowed_origins: ${origin} uses more than * and ?`);
  }
  checkPersonalChannel(config, problems);
  checkCodes(config, problems);
}

function checkPersonalChannel({ client, channel }: GatewayConfig, problems: string[]): void {
  const personal = client.subscribe_to_user_personal_channel;
  if (!personal.enabled) return;
  const name = personal.personal_channel_namespace;
  const options = name === '' ? channel.without_namespace : channel.namespaces.find((known) => known.name === name);
  const path = 'client.subscribe_to_user_personal_channel';
  if (options === undefined) problems.push(`${path}.personal_channel_namespace: no namespace ${name}`);
  else if (personal.single_connection && !options.presence) {
    problems.push(`${path}.single_connection needs presence in the namespace of personal channels`);
  }
}

function checkCodes({ client, uni_sse: sse, uni_http_stream: httpStream }: GatewayConfig, problems: string[]): void {
  client.connect_code_to_unidirectional_disconnect.transforms.forEach(({ code, to }, index) => {
    const path = `client.connect_code_to_unidirectional_disconnect.transforms[${index}]`;
    const report = (problem: string) => problems.push(`${path}.${problem}`);
    if (code === 0) report('code is missing');
    if (to.code === 0) report('to.code is missing');
    checkMessage('to.reason', to.reason, report);
  });
  for (const [section, { connect_code_to_http_response: response }] of Object.entries({
    uni_sse: sse,
    uni_http_stream: httpStream,
  })) {
    response.transforms.forEach(({ code, to }, index) => {
      const path = `${section}.connect_code_to_http_response.transforms[${index}]`;
      if (code === 0) problems.push(`${path}.code is missing`);
      if (to.status_code < 200 || to.status_code > 599) problems.push(`${path}.to.status_code must be 200 to 599`);
    });
  }
}
