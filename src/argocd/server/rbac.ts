/** A question to Argo CD's RBAC. */
export interface Question {
  subject: string;
  resource: string;
  action: string;
  object: string;
}

/** The policy in argocd-rbac-cm, as Argo CD puts it together: `policy.csv`, then other `policy.*.csv`, sorted. */
export function policyOf(data: Record<string, string>): string {
  const others = Object.keys(data).filter((key) => /^policy\..+\.csv$/.test(key) && key !== 'policy.csv');
  return ['policy.csv', ...others.sort()]
    .map((key) => data[key] ?? '')
    .join('\n')
    .trim();
}

interface Rule {
  kind: string;
  fields: string[];
}

function rulesOf(policy: string): Rule[] {
  return policy
    .split('\n')
    .map((line) => line.split('#', 1)[0]!.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(',').map((field) => field.trim().replace(/^"|"$/g, '')))
    .map(([kind = '', ...fields]) => ({ kind, fields }));
}

/** Asked of every account, whatever the policy. */
const BASE: Omit<Question, 'subject'>[] = [
  { resource: 'applications', action: 'get', object: 'default/any' },
  { resource: 'applications', action: 'sync', object: 'default/any' },
  { resource: 'certificates', action: 'create', object: 'any.example' },
];

/**
 * Questions that show whether a running argocd-server enforces a policy: what the policy's own lines are about, put
 * to each subject in turn.
 * @param subjects accounts; those that a project's roles know are left out, as projects add rules of their own
 * @param projectGroups the groups of the projects' roles
 */
export function questionsFor(
  policy: string,
  subjects: readonly string[],
  projectGroups: ReadonlySet<string>,
  limit: number,
): Question[] {
  const rules = rulesOf(policy);
  const inProject = (subject: string) =>
    projectGroups.has(subject) ||
    rules.some(
      ({ kind, fields: [who, role] }) => kind === 'g' && who === subject && role?.startsWith('proj:'),
    );
  const asked = subjects.filter((subject) => !inProject(subject));
  const about = [...rules.flatMap(aboutRule), ...BASE];
  const unique = [...new Map(about.map((each) => [JSON.stringify(each), each])).values()];
  // Round by round, so that a limit leaves no subject out.
  return unique.flatMap((each) => asked.map((subject) => ({ subject, ...each }))).slice(0, limit);
}

/** `argocd admin settings rbac can` takes a lone star for all projects, which argocd-server does not. */
function aboutRule({ kind, fields: [, resource = '', action = '', object = ''] }: Rule) {
  const plain = kind === 'p' && /^[a-z-]+$/.test(resource) && /^[a-z]+$/.test(action);
  return plain && object !== '' && object !== '*' ? [{ resource, action, object }] : [];
}
