/**
 * The environment for `argocd admin`: fewer garbage collections than Go's default, as the command is short-lived and
 * walks over the whole instance; within a limit of memory. What the user sets himself stays.
 */
export function argocdEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { GOGC: '800', GOMEMLIMIT: '1GiB', ...env };
}
