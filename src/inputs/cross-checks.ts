import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { messageOf } from '../errors.js';
import { isApiUrl } from '../github/repository.js';
import { type BackupSource, FORMS, isArtifact, nameOfSource } from './backup-source.js';
import type { Draft } from './shape.js';
import { quote } from './values.js';

/** Something wrong with one input: what, and what is expected. */
export interface Problem {
  input: string;
  text: string;
}

const problem = (input: string, text: string): Problem => ({ input, text });

/**
 * What is wrong with inputs that are each well-formed: files that are not there, keys that are none,
 * inputs that exclude or need one another. Inputs that could not be read are simply missing in `draft`.
 */
export async function crossChecks(draft: Draft, env: NodeJS.ProcessEnv): Promise<Problem[]> {
  const found = await Promise.all([
    fileProblems(draft),
    backupProblems(draft),
    clusterProblems(draft, env),
    gitHubProblems(draft, env),
    manifestProblems(draft),
    levelProblems(draft),
    kindProblems(draft),
    passphraseProblems(draft, env),
    recipientProblems(draft),
    encryptionProblems(draft),
    identityProblems(draft),
  ]);
  return found.flat();
}

function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    if (!statSync(path).isDirectory()) return undefined;
    return `${quote(path)} is a folder; expected the path of a file that can be read`;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return `${quote(path)} ${missing ? 'does not exist' : 'cannot be read'}; expected the path of a file that can be read`;
  }
}

function fileProblems(draft: Draft): Problem[] {
  const files = [
    ['kubeconfig', draft.kubeconfig],
    ['identity-file', draft.identityFile],
    ['kind-config', draft.kindConfig],
    ['values', draft.values],
  ] as const;
  return files.flatMap(([name, path]) => {
    const wrong = path === undefined ? undefined : unreadable(path);
    return wrong === undefined ? [] : [problem(name, wrong)];
  });
}

/** A backup that is named by its path is a file or a folder; a word that was mistyped is neither. */
function backupProblems({ backup }: Draft): Problem[] {
  if (backup?.from !== 'path' || existsSync(backup.path)) return [];
  return [problem('backup', `${quote(backup.path)} does not exist; expected ${FORMS}`)];
}

/** An existing cluster must be reachable by some kubeconfig, or from inside a pod. */
function clusterProblems(draft: Draft, env: NodeJS.ProcessEnv): Problem[] {
  const existing = draft.cluster === 'existing' || (draft.mode === 'backup' && draft.cluster === 'auto');
  if (!existing || draft.kubeconfig !== undefined || env.KUBERNETES_SERVICE_HOST) return [];
  const paths = env.KUBECONFIG
    ? env.KUBECONFIG.split(delimiter).filter(Boolean)
    : [join(env.HOME || homedir(), '.kube', 'config')];
  if (paths.some((path) => unreadable(path) === undefined)) return [];
  const tried = env.KUBECONFIG ? 'the file in the variable KUBECONFIG' : '~/.kube/config';
  return [
    problem(
      'kubeconfig',
      `is missing, and ${tried} cannot be read; expected the kubeconfig of the existing cluster`,
    ),
  ];
}

/** What only works in a run of GitHub Actions, or with GitHub at hand. */
function gitHubProblems(draft: Draft, env: NodeJS.ProcessEnv): Problem[] {
  const { backup, upload, encryption, attest, githubToken } = draft;
  const found: Problem[] = [];
  const report = (wrong: boolean, input: string, text: string) => {
    if (wrong) found.push(problem(input, text));
  };
  const fetched = backup !== undefined && isArtifact(backup);
  const source = backup === undefined ? '' : nameOfSource(backup);
  report(
    fetched && !/^[^/]+\/[^/]+$/.test(env.GITHUB_REPOSITORY ?? ''),
    'backup',
    `${quote(source)} is looked for in the repository that the variable GITHUB_REPOSITORY names: set it to owner/name, or give the path of a backup`,
  );
  const { GITHUB_API_URL: api = '' } = env;
  report(
    fetched && api !== '' && !isApiUrl(api),
    'GITHUB_API_URL',
    `${quote(api)} is not a URL; GitHub sets this variable itself, expected such as https://api.github.com`,
  );
  report(
    fetched && githubToken === undefined,
    'github-token',
    `is missing; ${source} needs a token that may read the artifacts (actions: read) and branches (contents: read), by this input or the variable GITHUB_TOKEN`,
  );
  report(
    // An unsealed backup is never uploaded anywhere, and that is told instead.
    upload === true && encryption !== 'none' && !env.ACTIONS_RUNTIME_TOKEN,
    'upload',
    'works in the action alone, inside a run of GitHub Actions; give auto or false elsewhere',
  );
  report(
    attest === true && !env.ACTIONS_ID_TOKEN_REQUEST_URL,
    'attest',
    'needs a job of GitHub Actions with the permissions id-token: write and attestations: write; add them, or leave attest out',
  );
  return [...found, ...seriesProblems(draft)];
}

/** Inputs that only some forms of `backup` have a use for: ignored elsewhere they would pass for done. */
function seriesProblems({ backup, branch, event, allowUntrusted }: Draft): Problem[] {
  if (backup === undefined) return [];
  const given = [
    ['branch', branch, ['latest', 'random', 'run', 'artifact'], 'latest, random, run:ID or artifact:ID'],
    ['event', event, ['latest', 'random'], 'latest or random'],
    ['allow-untrusted', allowUntrusted || undefined, ['run', 'artifact'], 'run:ID or artifact:ID'],
  ] as const;
  return given
    .filter(([, value, forms]) => value !== undefined && !(forms as readonly string[]).includes(backup.from))
    .map(([name, , , forms]) =>
      problem(name, `is for backup ${forms}, and backup is ${nameOfSource(backup)}`),
    );
}

function manifestProblems(draft: Draft): Problem[] {
  const { manifests, chartVersion, values } = draft;
  return [
    ...(manifests !== undefined && chartVersion !== undefined
      ? [problem('manifests', 'excludes chart-version; give one of them')]
      : []),
    ...(values !== undefined && chartVersion === undefined
      ? [problem('values', 'is for the Helm chart; give chart-version as well')]
      : []),
  ];
}

/** Levels that need a running Argo CD, in order. */
const RUNNING_LEVELS = ['auto', 'running', 'engine', 'render', 'custom'];

/** What needs a running Argo CD, and what can run one. */
function levelProblems(draft: Draft): Problem[] {
  const { level, cluster, verifyCommand, adminPassword, render } = draft;
  if (level === undefined) return [];
  const runs = RUNNING_LEVELS.includes(level);
  const found: Problem[] = [];
  const report = (wrong: boolean, input: string, text: string) => {
    if (wrong) found.push(problem(input, text));
  };
  const podless = cluster === 'control-plane' || cluster === 'existing';
  report(
    podless && runs && level !== 'auto',
    'level',
    `${quote(level)} needs a cluster that this run makes and that runs pods; give cluster kind, or level restore`,
  );
  const needs = 'needs level running or above; give one of running, engine, render, custom';
  report(verifyCommand !== undefined && (!runs || podless), 'verify-command', needs);
  report(adminPassword !== undefined && (!runs || podless), 'admin-password', needs);
  report(
    level === 'custom' && verifyCommand === undefined,
    'verify-command',
    'is missing; level custom runs it',
  );
  report(
    render !== undefined && render !== 'none' && level !== 'render' && level !== 'custom',
    'render',
    `${quote(render ?? '')} needs level render or custom; give one of them, or render none`,
  );
  return found;
}

/** Inputs that only a kind cluster has a use for: ignored elsewhere they would pass for done. */
function kindProblems(draft: Draft): Problem[] {
  if (draft.cluster !== 'control-plane' && draft.cluster !== 'existing') return [];
  const given = [
    ['node-image', draft.nodeImage],
    ['kind-config', draft.kindConfig],
    ['port-mappings', draft.portMappings?.length || undefined],
    ['registry-mirrors', draft.registryMirrors?.length || undefined],
    ['chaos', draft.chaos === 'none' ? undefined : draft.chaos],
  ] as const;
  return given
    .filter(([, value]) => value !== undefined)
    .map(([name]) => problem(name, `is for cluster kind, and cluster is ${draft.cluster}`));
}

function passphraseProblems(draft: Draft, env: NodeJS.ProcessEnv): Problem[] {
  if (draft.passphrase === undefined || env.GITHUB_ACTIONS !== 'true') return [];
  return [
    problem(
      'ARGOCD_DR_PASSPHRASE',
      'is for local use and refused in GitHub Actions; use recipients to back up and identity to restore',
    ),
  ];
}

async function recipientProblems({ recipients = [] }: Draft): Promise<Problem[]> {
  if (recipients.length === 0) return [];
  const { parseRecipients } = await import('../bundle/keys.js');
  const each = recipients.flatMap((recipient, index) => {
    const wrong = wrongRecipient(recipient, parseRecipients);
    return wrong === undefined ? [] : [problem('recipients', `entry ${index + 1} ${wrong}`)];
  });
  const together = each.length > 0 ? undefined : thrownBy(() => parseRecipients(recipients));
  return together === undefined ? each : [problem('recipients', together)];
}

function wrongRecipient(recipient: string, parse: (recipients: string[]) => unknown): string | undefined {
  if (/^AGE-SECRET-KEY-/i.test(recipient)) {
    return 'is not shown: that is a secret key, it belongs in identity; expected its public key, age1…';
  }
  if (recipient.startsWith('ssh-')) {
    return 'is an SSH key, which this version cannot encrypt to; make an age key with "age-keygen -o key.txt" and give its public key, age1…';
  }
  if (thrownBy(() => parse([recipient])) === undefined) return undefined;
  // Only what has the form of a public key is safe to show.
  const shown = recipient.startsWith('age1') ? `${quote(recipient)} ` : '';
  return `${shown}is not an age recipient, or is mistyped; expected age1…, as age-keygen prints it`;
}

const thrownBy = (use: () => unknown): string | undefined => {
  try {
    use();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
};

function encryptionProblems(draft: Draft): Problem[] {
  if (draft.mode !== 'backup') return [];
  if (draft.encryption === 'none') return unsealedProblems(draft);
  return draft.encryption === 'age' ? sealedProblems(draft) : [];
}

function unsealedProblems(draft: Draft): Problem[] {
  return [
    ...(draft.upload === true
      ? [
          problem(
            'upload',
            'is refused with "encryption: none", every Secret would be readable; leave one of them out',
          ),
        ]
      : []),
    ...(draft.recipients?.length
      ? [problem('recipients', 'exclude "encryption: none"; leave one of them out')]
      : []),
  ];
}

function sealedProblems({ recipients, recipientsMin = 1, passphrase }: Draft): Problem[] {
  if (recipients === undefined) return [];
  if (passphrase !== undefined) {
    if (recipients.length === 0) return [];
    return [
      problem('recipients', 'exclude a passphrase; unset ARGOCD_DR_PASSPHRASE, or leave recipients out'),
    ];
  }
  if (recipients.length === 0) {
    return [
      problem(
        'recipients',
        'is missing; expected one or more public keys, age1…: "age-keygen -o key.txt" makes a key pair and prints it',
      ),
    ];
  }
  if (recipients.length >= recipientsMin) return [];
  return [problem('recipients', `has ${recipients.length}, recipients-min asks for ${recipientsMin}`)];
}

async function identityProblems(draft: Draft): Promise<Problem[]> {
  if (draft.mode !== 'restore-verify') return [];
  const { identity, identityFile, passphrase, backup } = draft;
  if (identity !== undefined && identityFile !== undefined) {
    return [problem('identity', 'excludes identity-file; give one of them')];
  }
  if (identity !== undefined) return wrongIdentity('identity', identity);
  if (identityFile !== undefined) {
    return unreadable(identityFile) === undefined
      ? wrongIdentity('identity-file', contents(identityFile))
      : [];
  }
  if (passphrase !== undefined || !backup || !isSealed(backup)) return [];
  return [
    problem(
      'identity',
      'is missing; expected the age secret key that opens the backup, by identity-file or the variable ARGOCD_DR_IDENTITY',
    ),
  ];
}

/** Whether a backup takes a key, as far as its name tells: artifacts are sealed, a folder may hold anything. */
const isSealed = (backup: BackupSource) =>
  isArtifact(backup) || (backup.from === 'path' && backup.path.endsWith('.age'));

/** The text of a file; empty for a folder or a device, which no key is in. */
function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The text of a key file as age-keygen writes it. No part of it is in the message. */
async function wrongIdentity(input: string, text: string): Promise<Problem[]> {
  const { parseIdentities } = await import('../bundle/keys.js');
  let count = 0;
  const wrong = thrownBy(() => {
    count = parseIdentities(text).length;
  });
  if (wrong === undefined && count > 0) return [];
  const what = wrong ?? 'There is no key in it.';
  return [
    problem(input, `is not an age secret key, expected AGE-SECRET-KEY-1… as age-keygen writes it. ${what}`),
  ];
}
