import type { Answer, Asked, GitHubState } from './server.js';

/**
 * What a service of the runner's results answers to one of its methods; undefined to what is not its.
 * @template Call the fields of the requests, in their names on the wire
 */
export function twirpAnswer<Call>(
  service: string,
  methods: Record<string, (state: GitHubState, call: Call) => Answer>,
  state: GitHubState,
  asked: Asked,
): Answer | undefined {
  const prefix = `/twirp/github.actions.results.api.v1.${service}/`;
  const method = asked.path.startsWith(prefix) ? asked.path.slice(prefix.length) : '';
  if (!/^\w+$/.test(method)) return undefined;
  if (!asked.headers.authorization?.startsWith('Bearer '))
    return { status: 401, body: { code: 'unauthenticated', msg: 'no token' } };
  const call = JSON.parse(asked.body.toString()) as Call;
  return methods[method]?.(state, call) ?? { status: 404, body: { code: 'bad_route', msg: method } };
}
