// Decides at which address the keys of a token are published, when the address has parts that the token names.
import type { Pattern } from './pattern.ts';

/** Where keys are: one address for all, or one for each combination of texts that the token's issuer and audience name. */
export interface JwksEndpoint {
  /** Whether the address depends on the token. */
  readonly isTemplate: boolean;
  /** The address, with the placeholders filled; undefined if a text is missing or the result is no good address. */
  fill(texts: Readonly<Record<string, string>>): string | undefined;
}

/** An endpoint, or what is wrong as a sentence that begins with the option. */
export type ReadEndpoint = { ok: true; endpoint: JwksEndpoint } | { ok: false; text: string };

/** What may be fetched. */
export interface EndpointRules {
  /** The expressions whose named groups fill placeholders. */
  readonly patterns: readonly Pattern[];
  readonly allowHttp: boolean;
  /** Groups may match anything: whoever writes a token then chooses where keys come from. */
  readonly skipSafetyCheck: boolean;
}

const placeholder = /\{\{([^{}]*)\}\}/g;

/**
 * Reads the address of a JWK set, with placeholders as `{{tenant}}`. protocol reference, 15.1: unless it is told
 * otherwise, every placeholder has to be a named group that is a choice of literal texts.
 */
export function readEndpoint(template: string, rules: EndpointRules): ReadEndpoint {
  const names = [...template.matchAll(placeholder)].map(([, name = '']) => name);
  const groups = rules.patterns.flatMap(({ groups: own }) => own);
  for (const name of names) {
    const group = groups.find((known) => known.name === name);
    if (group === undefined) {
      return {
        ok: false,
        text: `has the placeholder "${name}", which is no named group of issuer_regex or audience_regex`,
      };
    }
    if (group.alternatives === undefined && !rules.skipSafetyCheck) {
      return {
        ok: false,
        text:
          `would take "${name}" from tokens that nobody has verified yet; make the group a choice of literal texts, as in ` +
          `(?P<${name}>one|two), or set insecure_skip_jwks_endpoint_safety_check`,
      };
    }
  }
  if (new Set(groups.map(({ name }) => name)).size < groups.length) {
    return {
      ok: false,
      text: 'takes placeholders from issuer_regex and audience_regex, which must not name a group alike',
    };
  }
  if (names.length > 0 && !rules.patterns.every((pattern) => pattern.isQuick)) {
    return {
      ok: false,
      text: 'needs simpler expressions: with placeholders they read tokens that nobody has verified yet, so at most one repetition, not of what itself repeats or chooses',
    };
  }
  const fill = (texts: Readonly<Record<string, string>>): string | undefined => {
    if (!names.every((name) => texts[name] !== undefined)) return undefined;
    return checkUrl(
      template.replaceAll(placeholder, (_, name: string) => texts[name] ?? ''),
      rules.allowHttp,
    );
  };
  const example = fill(Object.fromEntries(groups.map(({ name, alternatives }) => [name, alternatives?.[0] ?? 'a'])));
  if (example === undefined) {
    const http = rules.allowHttp ? '' : '; http is allowed for development only, and only when switched on';
    return { ok: false, text: `has to be an https address without user and password${http}` };
  }
  return { ok: true, endpoint: { isTemplate: names.length > 0, fill } };
}

function checkUrl(text: string, allowHttp: boolean): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'https:' || (allowHttp && url.protocol === 'http:') ? url.href : undefined;
}
