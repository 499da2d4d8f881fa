import { ownCopy } from '../own-copy.js';

/**
 * Which names of fields, parameters and variables say that their value is a secret. A name is taken apart at dots,
 * hyphens, underscores and capitals, what only tells how the value is written is left off its end, and then its last
 * words decide: `db.adminPassword`, `API_KEY` and `tokenBase64` name secrets; `passwordKey`, `secretName`, `tokenURL`
 * and `existingSecret` name where one is, and a bare `key` names anything.
 */
const SECRET_WORDS = new Set([
  ...['password', 'passwd', 'passphrase', 'passcode', 'pass', 'pw', 'pwd', 'bindpw', 'psk', 'otp', 'totp'],
  ...['token', 'secret', 'credential', 'cred', 'bearer', 'authorization', 'jwt', 'cookie', 'hmac', 'dsn'],
  ...[
    'apikey',
    'accesskey',
    'secretkey',
    'privatekey',
    'authkey',
    'signingkey',
    'encryptionkey',
    'masterkey',
  ],
  ...['htpasswd', 'dockerconfigjson', 'dockercfg', 'connectionstring'],
]);

/** Of words written as one: `dbpassword`, `clientsecret`. */
const SECRET_ENDING =
  /(password|passwd|passphrase|token|secret|credential|apikey|accesskey|secretkey|privatekey)$/;

/** Before `key`: what opens, signs or lets in. */
const OF_KEYS = new Set([
  ...[
    'api',
    'access',
    'secret',
    'private',
    'auth',
    'account',
    'storage',
    'shared',
    'master',
    'deploy',
    'ssh',
  ],
  ...[
    'encryption',
    'signing',
    'signature',
    'hmac',
    'license',
    'licence',
    'session',
    'cookie',
    'jwt',
    'webhook',
  ],
  ...['app', 'application', 'admin', 'root', 'service', 'consumer', 'client', 'integration', 'routing'],
]);

/** Before `secret`: then the value is a Secret's name, or whether there is one. */
const OF_SECRET_NAMES = new Set([
  ...['existing', 'pull', 'tls', 'ssl', 'use', 'create', 'enable', 'external', 'sealed', 'kubernetes', 'k8s'],
  ...['certificate', 'cert', 'ca', 'source', 'target', 'from', 'image', 'values', 'config', 'env'],
]);
const NAME_OF_SECRET = /(existing|pull|tls|cert)secret$/;

/** How a value is written. */
const WRITTEN = new Set([
  ...[
    'value',
    'hash',
    'hashed',
    'base64',
    'b64',
    'encoded',
    'plain',
    'plaintext',
    'text',
    'literal',
    'string',
  ],
  ...['bcrypt', 'sha256', 'md5', 'override', 'default'],
]);

/** Longer ones are texts. */
const LONGEST_NAME = 200;

const known = new Map<string, boolean>();
const KNOWN_AT_MOST = 10_000;

/** Whether a value of this name is a secret. */
export function isSecretName(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  const is = name.length <= LONGEST_NAME && namesSecret(wordsOf(name));
  if (known.size >= KNOWN_AT_MOST) known.clear();
  known.set(ownCopy(name), is);
  return is;
}

function wordsOf(name: string): string[] {
  const words = name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => (word === 'b64' || word === 'base64' || word === 'k8s' ? word : word.replace(/\d+$/, '')))
    .filter((word) => word !== '');
  while (words.length > 1 && WRITTEN.has(words.at(-1)!)) words.pop();
  return words;
}

function namesSecret(words: string[]): boolean {
  const last = singular(words.at(-1) ?? '');
  const previous = words.at(-2) ?? '';
  if (last === 'key') return OF_KEYS.has(previous);
  if (last === 'secret') return !OF_SECRET_NAMES.has(previous);
  if (NAME_OF_SECRET.test(last)) return false;
  return SECRET_WORDS.has(last) || SECRET_ENDING.test(last);
}

const singular = (word: string) => (word.length > 3 && word !== 'pass' ? word.replace(/(?<!s)s$/, '') : word);
