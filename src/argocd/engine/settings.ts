import { dump, load } from 'js-yaml';
import { matchesGlob } from '../glob.js';

/** The text of a ConfigMap's keys. */
type Settings = Readonly<Record<string, string>>;

/** Which keys to write anew or, with null, to remove; and what that does, in words without values. */
export interface SettingsFence {
  patch: Record<string, string | null>;
  changes: string[];
}

/** The kinds that the canary consists of. */
const CANARY_KINDS = [
  { group: 'apps', kind: 'Deployment' },
  { group: '', kind: 'Service' },
  { group: '', kind: 'ConfigMap' },
  { group: '', kind: 'Namespace' },
] as const;

type Edit = string | null | undefined;

/**
 * What to change in argocd-cm so that no setting of the source, sound as it may be there, keeps a canary from
 * working in the drill. Settings that cannot be read stay: what they break is a finding.
 * Source of the keys: Argo CD's util/settings/settings.go.
 */
export function fenceArgoCdCm(settings: Settings): SettingsFence {
  return collect(settings, (key, value) => {
    if (key === 'cluster.inClusterEnabled') return value === 'false' ? null : undefined;
    // The canary's project asks for no service account to act as.
    if (key === 'application.sync.impersonation.enabled') return value === 'true' ? null : undefined;
    // Their sync windows, denied kinds and signature keys would be merged into the canary's project.
    if (key === 'globalProjects') return null;
    if (key === 'resource.exclusions') return edited(value, withoutCanaryKinds);
    if (key === 'resource.inclusions') return edited(value, withCanaryKinds);
    if (key === 'resource.customizations') return edited(value, withoutCustomizations);
    return customizesCanary(key) ? null : undefined;
  });
}

/** What to change in argocd-cmd-params-cm: delays of self-healing that a source may have stretched to minutes. */
export function fenceCmdParams(settings: Settings): SettingsFence {
  return collect(settings, (key) => (key.startsWith('controller.self.heal.') ? null : undefined));
}

function collect(settings: Settings, edit: (key: string, value: string) => Edit): SettingsFence {
  const edits = Object.entries(settings).flatMap(([key, value]) => {
    const after = edit(key, value);
    return after === undefined ? [] : [[key, after] as const];
  });
  return {
    patch: Object.fromEntries(edits),
    changes: edits.map(([key, after]) =>
      after === null ? `${key} removed` : `${key} without what concerns the canary`,
    ),
  };
}

/** The text with its YAML value changed; undefined where the change is none, or the text is no YAML. */
function edited(text: string, change: (value: unknown) => unknown): string | undefined {
  let value: unknown;
  try {
    value = load(text);
  } catch {
    return undefined;
  }
  const after = change(value);
  return after === value ? undefined : dump(after);
}

interface FilteredResource {
  apiGroups?: string[];
  kinds?: string[];
}

/** Argo CD's util/settings/filtered_resource.go: globs for groups, names or `*` for kinds, an absent list is all. */
function concernsCanary({ apiGroups = [], kinds = [] }: FilteredResource): boolean {
  return CANARY_KINDS.some(
    ({ group, kind }) =>
      (apiGroups.length === 0 || apiGroups.some((glob) => matchesGlob(glob, group))) &&
      (kinds.length === 0 || kinds.some((name) => name === '*' || name === kind)),
  );
}

function withoutCanaryKinds(exclusions: unknown): unknown {
  if (!Array.isArray(exclusions)) return exclusions;
  const rest = (exclusions as FilteredResource[]).filter((exclusion) => !concernsCanary(exclusion));
  return rest.length === exclusions.length ? exclusions : rest;
}

function withCanaryKinds(inclusions: unknown): unknown {
  if (!Array.isArray(inclusions) || inclusions.length === 0) return inclusions;
  return [...inclusions, { apiGroups: ['', 'apps'], kinds: CANARY_KINDS.map(({ kind }) => kind) }];
}

/** The older form: one YAML map whose keys are globs for `group/Kind`, or for `Kind` in the core group. */
function withoutCustomizations(customizations: unknown): unknown {
  if (typeof customizations !== 'object' || customizations === null) return customizations;
  const names = CANARY_KINDS.flatMap(({ group, kind }) => [`${group}/${kind}`, ...(group ? [] : [kind])]);
  const all = Object.entries(customizations);
  const rest = all.filter(([glob]) => !names.some((name) => matchesGlob(glob, name)));
  return rest.length === all.length ? customizations : Object.fromEntries(rest);
}

/** The newer form: `resource.customizations.<type>.<group>_<Kind>`, `<Kind>` or `all`. */
function customizesCanary(key: string): boolean {
  const [, what] = /^resource\.customizations\.(?:health|ignoreDifferences)\.(.+)$/.exec(key) ?? [];
  const names = CANARY_KINDS.map(({ group, kind }) => (group ? `${group}_${kind}` : kind));
  return what !== undefined && ['all', ...names].includes(what);
}
