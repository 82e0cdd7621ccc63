// Decides what tests know of oidc-provider, which has no types of its own: as much as they use.
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  /** A certified OpenID Connect provider. */
  export default class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
  }
}
