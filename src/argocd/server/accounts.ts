import type { KubeObject } from '../../kube/objects.js';

/** A local account of Argo CD. */
export interface Account {
  name: string;
  enabled: boolean;
  /** `login` and `apiKey`, sorted. */
  capabilities: string[];
}

export interface Accounts {
  accounts: Account[];
  /** Why Argo CD can read no account at all; one value that it cannot read spoils every account. */
  unreadable?: string;
}

const CAPABILITIES = ['login', 'apiKey'];
/** The words that Go's strconv.ParseBool takes. */
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** A boolean as Go's strconv.ParseBool reads it; undefined where it does not. */
export function parseBool(text: string): boolean | undefined {
  if (TRUE.includes(text)) return true;
  return FALSE.includes(text) ? false : undefined;
}

/**
 * The accounts that argocd-cm and argocd-secret define, by the rules of util/settings/accounts.go: admin always;
 * `accounts.<name>` lists capabilities, `accounts.<name>.enabled` switches; other keys do not count.
 */
export function parseAccounts(configMap: KubeObject | undefined, secret: KubeObject | undefined): Accounts {
  const data = dataOf(configMap);
  const accounts = new Map<string, Account>([
    [
      'admin',
      { name: 'admin', enabled: parseBool(data['admin.enabled'] ?? '') ?? true, capabilities: ['login'] },
    ],
  ]);
  const unreadable: string[] = [];
  for (const [key, value] of Object.entries(data)) {
    const [prefix, name, suffix, ...rest] = key.split('.');
    if (prefix !== 'accounts' || name === undefined || rest.length > 0) continue;
    const account = accounts.get(name) ?? { name, enabled: true, capabilities: [] };
    accounts.set(name, account);
    if (suffix === undefined) account.capabilities.push(...capabilities(value));
    if (suffix !== 'enabled') continue;
    const enabled = parseBool(value);
    if (enabled === undefined) unreadable.push(`argocd-cm ${key}`);
    else account.enabled = enabled;
  }
  unreadable.push(...unreadableSecretKeys(secret, [...accounts.keys()]));
  const list = [...accounts.values()].map((account) => ({
    ...account,
    capabilities: [...new Set(account.capabilities)].sort(),
  }));
  return unreadable.length > 0
    ? { accounts: list, unreadable: `${unreadable.join(', ')} cannot be read by Argo CD` }
    : { accounts: list };
}

/** Whether argocd-server takes tokens and logins of the account admin. */
export function isAdminEnabled(configMap: KubeObject | undefined): boolean {
  return parseAccounts(configMap, undefined).accounts.some(
    ({ name, enabled }) => name === 'admin' && enabled,
  );
}

const capabilities = (list: string) =>
  list
    .split(',')
    .map((each) => each.trim())
    .filter((each) => CAPABILITIES.includes(each));

function unreadableSecretKeys(secret: KubeObject | undefined, names: string[]): string[] {
  const data = dataOf(secret);
  const decoded = (key: string) =>
    data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
  const others = names.filter((name) => name !== 'admin').map((name) => `accounts.${name}.passwordMtime`);
  const bad = others.filter((key) => {
    const time = decoded(key);
    return time !== undefined && !RFC3339.test(time);
  });
  const tokens = decoded('admin.tokens');
  if (tokens && !isJson(tokens)) bad.push('admin.tokens');
  return bad.map((key) => `argocd-secret ${key}`);
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$/;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const dataOf = (object: KubeObject | undefined) => (object?.data ?? {}) as Record<string, string>;
