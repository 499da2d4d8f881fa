import { isSecretName } from './names.js';

/** A user name of this length is a token: `https://TOKEN@host`. */
const TOKEN_LENGTH = 20;

/** URLs that are secrets by what stands behind these beginnings. */
const WEBHOOKS = [
  'hooks.slack.com/services/',
  'discord.com/api/webhooks/',
  'discordapp.com/api/webhooks/',
  '.webhook.office.com/webhookb2/',
  'outlook.office.com/webhook/',
];

/** The passwords and tokens in the URLs of a text, as they stand and decoded. */
export function* credentialsOfUrls(text: string): Generator<string> {
  for (const found of new Set(raw(text))) {
    yield found;
    const clear = decoded(found);
    if (clear !== found) yield clear;
  }
}

function* raw(text: string): Generator<string> {
  for (let at = text.indexOf('://'); at >= 0; ) {
    const start = at + 3;
    const end = endOfAuthority(text, start);
    yield* ofAuthority(text.slice(start, end), isHttp(text.slice(Math.max(0, at - 5), at)));
    // What ends one may be within the `://` of the next.
    at = text.indexOf('://', Math.max(start, end - 1));
  }
  yield* ofQueries(text);
  yield* ofWebhooks(text);
}

const isHttp = (before: string) => /https?$/i.test(before);

/** Each character is looked at once: the next search begins where this one has ended. */
function endOfAuthority(text: string, start: number): number {
  let at = start;
  while (at < text.length && !END_OF_AUTHORITY.has(text.charCodeAt(at))) at++;
  return at;
}

const END_OF_AUTHORITY = new Set([...' \t\n\r/"\'`<>\u0085\u2028\u2029'].map((char) => char.charCodeAt(0)));

/** `user:password@host`, and `token@host`. In running text another @ may follow. */
function* ofAuthority(authority: string, http: boolean): Generator<string> {
  for (const at of new Set([authority.indexOf('@'), authority.lastIndexOf('@')])) {
    if (at < 0) continue;
    const colon = authority.indexOf(':');
    const user = authority.slice(0, colon >= 0 && colon < at ? colon : at);
    if (user.length < at) yield authority.slice(user.length + 1, at);
    if (http && user.length >= TOKEN_LENGTH) yield user;
  }
}

/** A name has at most 40 characters, so that a place is looked at so often at most. */
const PARAMETER = /[?&]([A-Za-z0-9_.-]{1,40})=([^\s&"'<>#]{4,})/g;

function* ofQueries(text: string): Generator<string> {
  if (!text.includes('://')) return;
  for (const [, name = '', value = ''] of text.matchAll(PARAMETER))
    if (isSecretName(name) || name === 'sig' || name === 'key') yield value;
}

function* ofWebhooks(text: string): Generator<string> {
  for (const webhook of WEBHOOKS)
    for (let at = text.indexOf(webhook); at >= 0; at = text.indexOf(webhook, at + webhook.length)) {
      const [rest = ''] = text.slice(at + webhook.length, at + webhook.length + 500).split(/[\s"'<>]/, 1);
      if (!rest.startsWith('$') && !rest.startsWith('{')) yield rest;
    }
}

/** Whether a whole text is a URL that carries a password, or over http a user that may be a token. */
export function hasCredentials(text: string): boolean {
  const url = text.trim();
  const scheme = url.indexOf('://');
  if (scheme <= 0 || !/^[a-z][a-z0-9+.-]*$/i.test(url.slice(0, scheme))) return false;
  const slash = url.indexOf('/', scheme + 3);
  const authority = url.slice(scheme + 3, slash < 0 ? undefined : slash);
  const at = authority.indexOf('@');
  return at >= 0 && (/^https?$/i.test(url.slice(0, scheme)) || authority.slice(0, at).includes(':'));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
