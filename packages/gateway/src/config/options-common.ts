// Holds the groups of options that stand at several places: TLS, names, and paths of endpoints.
import { type Field, flag, text } from './fields.ts';
import { pem } from './field-pem.ts';

/** A name of a namespace or proxy. */
export const itemName = (about: string) =>
  text(about, '', { pattern: /^[-a-zA-Z0-9_.]{2,}$/, wanted: 'a name of at least 2 of a-z A-Z 0-9 - _ .' });

/** The path of an endpoint; a slash at its end is taken off. */
export const endpointPath = (fallback: string): Field<string> => {
  const path = text('Path of the endpoint.', fallback, {
    pattern: /^\/[\w/-]*[\w-]$/,
    wanted: `a path such as "${fallback}"`,
  });
  return {
    ...path,
    read: (value, sources) => path.read(typeof value === 'string' ? value.replace(/\/$/, '') : value, sources),
  };
};

/** One character that separates parts of a name. */
export const separator = (about: string, fallback: string) =>
  text(about, fallback, { pattern: /^[\s\S]$/, wanted: 'one character' });

/** TLS of a listener or of a connection that this server makes. */
export const tls = {
  enabled: flag('Use TLS.'),
  cert_pem: pem('Certificate with its chain.'),
  key_pem: pem('Private key of the certificate.'),
  server_ca_pem: pem('Authority that servers are checked against, instead of those of the system.'),
  client_ca_pem: pem('Authority that certificates of clients must come from; demands one from every client.'),
  insecure_skip_verify: flag('Do not check the certificate of the server.'),
  server_name: text('Name that the certificate of the server must have.'),
};
