import type { DemoObject } from './objects.js';

/** Keys of Secrets that say where something is or what it is called; the rest is taken for secret. */
const PUBLIC_KEYS = new Set([
  'name',
  'server',
  'url',
  'type',
  'project',
  'username',
  'email-username',
  'enableOCI',
  'insecure',
  'forceHttpBasicAuth',
  'noProxy',
  'shard',
  'namespaces',
  'clusterResources',
  'githubAppID',
  'githubAppInstallationID',
  'githubAppEnterpriseBaseUrl',
  'admin.passwordMtime',
  'accounts.alice.passwordMtime',
  'rotated-at',
  'tls.crt',
  'tlsClientCertData',
]);

/** The fields within a JSON value that are secret. */
const SECRET_FIELD = /token|password|private_?key|keyData|secret/i;
/** Anything shorter turns up in a text by chance. */
const SHORTEST = 8;

/**
 * What must not appear in any log, report or artifact made from the objects: each secret value as text and as the
 * base64 of its Secret, the parts of it that are secret by themselves, and the lines of keys.
 */
export function demoSecretValues(objects: readonly DemoObject[]): string[] {
  const values = objects
    .filter(({ kind }) => kind === 'Secret')
    .flatMap(({ data = {} }) => Object.entries(data))
    .filter(([key]) => !PUBLIC_KEYS.has(key))
    .flatMap(([, base64]) => [base64, ...formsOf(Buffer.from(base64, 'base64').toString('utf8'))]);
  return [...new Set(values)].filter((value) => value.length >= SHORTEST);
}

function formsOf(text: string): string[] {
  // Bytes that are no text are looked for as base64 only.
  if (text.includes('\ufffd')) return [];
  if (text.startsWith('{')) return secretFields(JSON.parse(text)).flatMap(linesOf);
  if (text.startsWith('[')) return [];
  return [text, text.trim(), ...linesOf(text), ...passwordsIn(text)];
}

function secretFields(value: unknown, field = ''): string[] {
  if (typeof value === 'string') return SECRET_FIELD.test(field) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => secretFields(item, key));
}

const linesOf = (text: string) =>
  text.split('\n').filter((line) => line.length >= SHORTEST && !line.startsWith('-----'));

/** The password within a URL. */
const passwordsIn = (text: string) =>
  [...text.matchAll(/^https?:\/\/[^:/]+:([^@]+)@/g)].map(([, word]) => word!);
