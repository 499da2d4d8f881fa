import { VERSION } from './version.js';

/** The oldest Node.js that runs this: @kubernetes/client-node 2 needs undici 8, and that needs it. */
const OLDEST_NODE = [22, 19] as const;

/** Whether this process is a step of GitHub Actions that runs the action itself, not a `run:` step. */
export const isActionStep = (argv: readonly string[], env: NodeJS.ProcessEnv): boolean =>
  env.GITHUB_ACTIONS === 'true' && env.INPUT_MODE !== undefined && argv.length === 0;

/** Whether this is the post step: the main step has left a state. */
export const isPostStep = (env: NodeJS.ProcessEnv): boolean => env.STATE_isPost === 'true';

/** The first line of output: the program, its version, and the mode as it was typed. */
export function greeting(argv: readonly string[], env: NodeJS.ProcessEnv): string {
  const mode = isPostStep(env) ? 'post' : isActionStep(argv, env) ? env.INPUT_MODE : argv[0];
  return `argocd-dr ${VERSION}${/^[a-z-]{1,20}$/.test(mode ?? '') && !mode?.startsWith('-') ? ` ${mode}` : ''}`;
}

/** What to tell the user of a Node.js that is too old; undefined for one that will do. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return undefined;
  return `argocd-dr needs Node ${OLDEST_NODE.join('.')} or newer, this is v${version}; "npm ci" in its folder brings one, which is then taken`;
}
