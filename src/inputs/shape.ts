import { z } from 'zod';
import { LEVELS } from '../report/report.js';
import { backupSource, TRUSTED_EVENTS } from './backup-source.js';
import {
  autoFlag,
  autoVersion,
  choice,
  duration,
  flag,
  integer,
  type Kind,
  kinds,
  list,
  matching,
  namespacePatterns,
  path,
  percentage,
  text,
  version,
} from './values.js';

interface Notes {
  description: string;
  /** Never shown, in errors or elsewhere. */
  secret?: true;
  /** The environment variable that is read where the input is not given. */
  env?: string;
  /** Neither a flag nor an input of the action: the variable is the only way in. */
  envOnly?: true;
  /** The default in action.yml, where the runner can give more than the command line has. */
  actionDefault?: string;
}

const notes = z.registry<Notes>();

function input<T extends z.ZodType>(
  schema: T,
  description: string,
  more: Omit<Notes, 'description'> = {},
): T {
  notes.add(schema, { description, ...more });
  return schema;
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const label = (what: string) =>
  matching(dnsLabel, `${what} of lower-case letters, digits and hyphens, at most 63 characters`);

/** What an install on the command line calls its cluster where nothing else is asked, for teardown to find it. */
export const INSTALLED_CLUSTER = 'argocd-dr';

/** What artifacts may be named, and folders of any system as well. */
const artifactNames = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const common = {
  cluster: input(
    choice(['auto', 'kind', 'control-plane', 'existing']).prefault('auto'),
    'Where Argo CD runs: `kind`, `control-plane` (etcd and kube-apiserver as child processes), `existing` (a kubeconfig), or `auto`: kind where Docker answers, else control-plane; in mode drill kind only for levels above `restore`. Backups are made from an existing cluster.',
  ),
  clusterName: input(
    label('a name').optional(),
    'Name of the cluster that is made. Without it: `argocd-dr` for an install on the command line, else a name of its own for each run.',
  ),
  kubeconfig: input(
    path('the path of a kubeconfig file').optional(),
    'Kubeconfig of the existing cluster. Without it: the variable KUBECONFIG, then `~/.kube/config`.',
  ),
  context: input(
    text('the name of a context').optional(),
    'Context in the kubeconfig. Without it: its current context.',
  ),
  namespace: input(label('a namespace').prefault('argocd'), "Argo CD's own namespace."),
  argocdVersion: input(
    autoVersion().prefault('auto'),
    "Version of Argo CD. `auto`: for a restore the backup's, for a backup the source's.",
  ),
  kubernetesVersion: input(
    autoVersion().prefault('auto'),
    'Version of Kubernetes in the cluster that is made. `auto`: one that Argo CD is tested with.',
  ),
  toolSource: input(
    choice(['auto', 'path', 'release', 'go']).prefault('auto'),
    'Where tools come from: `path` (this machine), `release` (official releases, checksums checked), `go` (built from Go modules), or `auto`: the first of them that works.',
  ),
  reportDir: input(
    path('the path of a folder').prefault('argocd-dr-report'),
    'Folder for report.json, report.html and the JUnit file.',
  ),
  timeout: input(duration().prefault('60m'), 'The whole run is stopped after this time.'),
};

const onGitHub = {
  githubToken: input(text('a token').optional(), 'Token for artifacts and comments on GitHub.', {
    secret: true,
    env: 'GITHUB_TOKEN',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub Actions
    actionDefault: '${{ github.token }}',
  }),
  upload: input(
    autoFlag().prefault('auto'),
    'Upload the report as an artifact, and in mode backup the sealed backup and its receipt as another. `auto`: in GitHub Actions. A backup that is not sealed is never uploaded.',
  ),
  retentionDays: input(
    integer(1, 400).optional(),
    "Days that GitHub keeps the artifact. Without it: the repository's setting.",
  ),
  cache: input(
    flag().prefault('false'),
    'Keep downloaded and built tools in the cache of GitHub Actions, which every job of the branch can write to: for jobs without secrets. Never in runs for a tag or a release.',
  ),
};

const attesting = {
  attest: input(
    flag().prefault('false'),
    "Attest the backup's digest, or the report's with the verdict, on GitHub. Needs the permissions `id-token: write` and `attestations: write`.",
  ),
};

const commenting = {
  comment: input(
    flag().prefault('false'),
    'In a run for a pull request: write the outcome into one comment of it, updated in place. Needs `pull-requests: write`; without it the job summary has to do.',
  ),
};

const naming = {
  artifactName: input(
    matching(artifactNames, 'a name of letters, digits, dots, underscores and hyphens').optional(),
    'Name of the artifact of a backup, without the UTC time that is appended to it: the series that a drill takes from. Without it: `argocd-` and the namespace.',
  ),
};

const installing = {
  manifests: input(
    path('a path or a URL').optional(),
    "Argo CD manifests to install: a file, a folder, a kustomization or a URL. Without it: the version's own.",
  ),
  ha: input(flag().prefault('true'), 'Install the highly available manifests.'),
  chartVersion: input(
    version().optional(),
    'Install by the Helm chart argo/argo-cd in this version instead.',
  ),
  values: input(path('the path of a file').optional(), 'Helm values file for the chart.'),
  workers: input(
    integer(0, 16).optional(),
    'Number of kind workers; HA needs three schedulable nodes. Without it: 3; with fewer than 4 CPUs or 6 GiB 2, and a control plane that takes pods too.',
  ),
  nodeImage: input(
    text('an image reference').optional(),
    'Image of the kind nodes. Without it: the one for `kubernetes-version`, pinned by digest.',
  ),
  kindConfig: input(
    path('the path of a file').optional(),
    'kind configuration file of your own; what the other inputs ask for is merged into it.',
  ),
  portMappings: input(
    list('port mappings such as 31000:31000').prefault(''),
    'Ports of the host mapped to ports of the kind control plane, such as `31000:31000`.',
  ),
  registryMirrors: input(
    list('mirrors such as docker.io=https://mirror.example').prefault(''),
    'Registry mirrors for the kind nodes, such as `docker.io=https://mirror.example`.',
  ),
  fastStart: input(
    autoFlag().prefault('auto'),
    'Quicker readiness probes and a parallel start of Redis, for clusters that live for one run only. `auto`: in drills, not in installs.',
  ),
  keepCluster: input(flag().prefault('false'), 'Leave the cluster up at the end.'),
};

const trying = {
  chaos: input(
    choice(['none', 'node']).prefault('none'),
    '`node`: stop one kind worker, and show that Argo CD still answers and redis fails over.',
  ),
};

const backingUp = {
  cluster: input(
    choice(['auto', 'existing']).prefault('auto'),
    'Backups are made from an existing cluster; `auto` means the same.',
  ),
  output: input(
    path('the path of a file or a folder').prefault('argocd-dr-backups/'),
    'File to write (`.tar.gz.age`; `.tar.gz` where not encrypted), or folder for a file named after its time. An existing file is never overwritten.',
  ),
  recipients: input(
    list('age recipients (age1…)').prefault(''),
    'age recipients (`age1…`) that can open the backup.',
  ),
  recipientsMin: input(integer(1, 100).prefault('1'), 'Refuse a backup for fewer recipients than this.'),
  encryption: input(
    choice(['age', 'none']).prefault('age'),
    '`none` leaves all Secrets readable: for a local file only, never uploaded.',
  ),
  applicationNamespaces: input(
    namespacePatterns().prefault(''),
    "Namespaces with Applications besides Argo CD's own. Without it: those of argocd-cmd-params-cm.",
  ),
  applicationsetNamespaces: input(
    namespacePatterns().prefault(''),
    "Namespaces with ApplicationSets besides Argo CD's own. Without it: those of argocd-cmd-params-cm.",
  ),
  minApplications: input(
    integer(0, 1_000_000).prefault('1'),
    'Refuse a backup with fewer Applications than this; 0 allows an empty source.',
  ),
  maxShrinkPercent: input(
    percentage().prefault('50%'),
    'Refuse a backup that has lost more objects than this since the previous receipt beside it.',
  ),
  expectedSource: input(
    text('the UID of a kube-system namespace').optional(),
    "Refuse any source but this one: the UID of the cluster's kube-system namespace.",
  ),
};

const passphrase = {
  passphrase: input(
    text('a passphrase').optional(),
    'Passphrase instead of keys, for local use; refused in GitHub Actions.',
    {
      secret: true,
      env: 'ARGOCD_DR_PASSPHRASE',
      envOnly: true,
    },
  ),
};

const opening = {
  backup: input(
    backupSource(),
    "The backup to restore: a file, a folder whose newest backup is taken, or one of this repository's artifacts: `latest`, `run:ID`, `artifact:ID`, `random:30d` (any one that is not older). `demonstration`: one that is made of a demonstration source, for a try without secrets.",
  ),
  workflow: input(
    matching(/^[\w.-]+\.ya?ml$/, 'the file name of a workflow such as argocd-backup.yml').prefault(
      'argocd-backup.yml',
    ),
    'File name of the workflow whose runs `latest` and `random` look at.',
  ),
  branch: input(
    text('a branch').optional(),
    "Branch whose runs backups are taken of, by `latest`, `random` and by ID. Without it: the repository's default branch.",
  ),
  event: input(
    choice(TRUSTED_EVENTS).optional(),
    'Event whose runs `latest` and `random` look at. Without it: all of those named here, and none of pull requests.',
  ),
  allowUntrusted: input(
    flag().prefault('false'),
    'Take `run:ID` or `artifact:ID` though the run is of another event or branch, or its commit is not on the branch; the report then warns of it. Runs of pull requests and forks are never taken.',
  ),
  identity: input(
    text('an age secret key').optional(),
    'age secret key (`AGE-SECRET-KEY-1…`) that opens the backup.',
    {
      secret: true,
      env: 'ARGOCD_DR_IDENTITY',
    },
  ),
  identityFile: input(
    path('the path of a file').optional(),
    'File with the age secret key, instead of `identity`.',
  ),
};

const restoring = {
  level: input(
    choice(['auto', ...LEVELS]).prefault('auto'),
    'How far the checks go: `integrity` (the file opens), `restore` (the objects come back equal), `running` (Argo CD serves them), `engine` (its controllers work), `render` (it renders the Applications), `custom` (`engine` and your own command); `auto`: `engine` on kind, else `restore`.',
  ),
  render: input(
    choice(['none', 'reachable', 'all']).prefault('none'),
    'Applications that the repo-server renders at level `render`: those whose repositories can be reached (`reachable`, also what `none` means there), or `all`. Opens the quarantine for their repositories.',
  ),
  verifyCommand: input(
    text('a command').optional(),
    'Command of your own, run by the shell after the checks of level `running` or above; it gets KUBECONFIG, ARGOCD_SERVER and ARGOCD_AUTH_TOKEN.',
  ),
  verifyTimeout: input(
    duration().prefault('10m'),
    'The verify-command is stopped after this time and counts as timed out.',
  ),
  rpoTarget: input(
    duration().optional(),
    'The oldest the backup may be, such as `24h`; older ends with exit code 6.',
  ),
  rtoTarget: input(
    duration().optional(),
    'The longest the restore may take, such as `15m`; longer ends with exit code 6.',
  ),
  importConcurrency: input(integer(1, 32).prefault('4'), 'Number of imports side by side.'),
  adminPassword: input(
    text('a password').optional(),
    "The source's admin password, to prove that it still logs in.",
    {
      secret: true,
      env: 'ARGOCD_DR_ADMIN_PASSWORD',
    },
  ),
  allowPartial: input(flag().prefault('false'), 'End with exit code 0 on the verdict PARTIAL.'),
};

const demonstrating = {
  applications: input(
    integer(1, 100_000).prefault('60'),
    'Number of Applications in the demonstration source.',
  ),
  seed: input(
    text('a word').prefault('argocd-dr'),
    'Word that fixes the generated objects: same word, same objects.',
  ),
};

/** The inputs of each mode; keys are the inputs' names in camel case, schemas read text and give typed values. */
const schemas = {
  install: z.strictObject({
    mode: z.literal('install'),
    ...common,
    ...onGitHub,
    ...commenting,
    ...installing,
    ...trying,
  }),
  backup: z.strictObject({
    mode: z.literal('backup'),
    ...common,
    ...onGitHub,
    ...attesting,
    ...naming,
    ...backingUp,
    ...passphrase,
  }),
  'restore-verify': z.strictObject({
    mode: z.literal('restore-verify'),
    ...common,
    ...onGitHub,
    ...attesting,
    ...commenting,
    ...naming,
    ...installing,
    ...opening,
    ...passphrase,
    ...restoring,
  }),
  drill: z.strictObject({
    mode: z.literal('drill'),
    ...common,
    ...installing,
    ...restoring,
    ...demonstrating,
  }),
};

/** The command line's own mode: stops a cluster that an install left up. */
const teardownSchema = z.strictObject({
  mode: z.literal('teardown'),
  clusterName: input(label('a name').prefault(INSTALLED_CLUSTER), 'Name of the cluster to remove.'),
});

export const inputsSchema = z.discriminatedUnion('mode', [
  schemas.install,
  schemas.backup,
  schemas['restore-verify'],
  schemas.drill,
  teardownSchema,
]);

export type InstallInputs = z.output<typeof schemas.install>;
export type BackupInputs = z.output<typeof schemas.backup>;
export type RestoreVerifyInputs = z.output<(typeof schemas)['restore-verify']>;
export type DrillInputs = z.output<typeof schemas.drill>;
export type TeardownInputs = z.output<typeof teardownSchema>;
/** The inputs of a run that ends in a report. */
export type Inputs = InstallInputs | BackupInputs | RestoreVerifyInputs | DrillInputs;

/** Everything the inputs of any mode can hold, for checks that look at what is there. */
export type Draft = Partial<
  Omit<RestoreVerifyInputs, 'mode' | 'cluster'> &
    Omit<BackupInputs, 'mode' | 'cluster'> &
    Omit<DrillInputs, 'mode' | 'cluster'> &
    Omit<InstallInputs, 'mode' | 'cluster'>
> & { mode: ModeWord; cluster?: DrillInputs['cluster'] };

/** The modes of the action. */
export const ACTION_MODES = ['install', 'backup', 'restore-verify'] as const;
/** The mode words of the command line. */
export const MODE_WORDS = [...ACTION_MODES, 'drill', 'teardown'] as const;
export type ModeWord = (typeof MODE_WORDS)[number];

/** One input as users see it. */
export interface InputSpec extends Notes {
  /** As in action.yml and, behind two hyphens, as a flag. */
  name: string;
  kind: Kind;
  /** The words an enum takes. */
  values?: readonly string[];
  /** As text; undefined where the input may be left out. */
  default?: string;
  required: boolean;
}

/** `github-token` for `githubToken`. */
export const nameOf = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `githubToken` for `github-token`. */
export const keyOf = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

export const schemaOf = (mode: ModeWord) => (mode === 'teardown' ? teardownSchema : schemas[mode]);

/** The inputs of a mode, `mode` itself left out, in the order of the help. */
export function inputsOf(mode: ModeWord): InputSpec[] {
  return Object.entries(schemaOf(mode).shape)
    .filter(([key]) => key !== 'mode')
    .map(([key, schema]) => specOf(key, schema));
}

function specOf(key: string, schema: z.ZodType): InputSpec {
  const inner = schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return {
    name: nameOf(key),
    ...notes.get(schema)!,
    ...kinds.get(inner as z.ZodType)!,
    ...(schema instanceof z.ZodPrefault && schema.def.defaultValue !== ''
      ? { default: String(schema.def.defaultValue) }
      : {}),
    required: inner === schema,
  };
}

/** The inputs under the headings of the help; each input stands under the first heading that has it. */
export const HEADINGS: ReadonlyArray<{ title: string; names: readonly string[] }> = [
  {
    title: 'The backup',
    names: [
      ...Object.keys(backingUp).filter((key) => key !== 'cluster'),
      ...Object.keys(opening),
      ...Object.keys(passphrase),
    ].map(nameOf),
  },
  { title: 'The demonstration source', names: Object.keys(demonstrating).map(nameOf) },
  { title: 'The restore and its checks', names: Object.keys(restoring).map(nameOf) },
  { title: 'The installation', names: Object.keys({ ...installing, ...trying }).map(nameOf) },
  {
    title: 'On GitHub',
    names: Object.keys({ ...onGitHub, ...attesting, ...commenting, ...naming }).map(nameOf),
  },
  { title: 'Every mode', names: Object.keys(common).map(nameOf) },
];

/** The modes that take an input. */
export const modesOf = (name: string): ModeWord[] =>
  MODE_WORDS.filter((mode) => Object.hasOwn(schemaOf(mode).shape, keyOf(name)));

/** Every input of some modes once, `mode` left out; the first mode that has it describes it. */
export function allInputs(modes: readonly ModeWord[]): InputSpec[] {
  const specs = new Map<string, InputSpec>();
  for (const spec of modes.flatMap(inputsOf)) if (!specs.has(spec.name)) specs.set(spec.name, spec);
  return [...specs.values()];
}
