import { exec } from './exec.js';
import { forgetSecrets, type Given, type Inputs, parseInputs, reportDirOf } from './inputs.js';
import type { Mode } from './report/report.js';
import { run } from './run.js';
import { type Parts, refuse, type Surroundings, session } from './session.js';

const parts: Parts = {
  run,
  exec,
  evidence: async (...given) => (await import('./evidence.js')).handOver(...given),
  async tools(inputs, { exec, log, scope, signal, env }) {
    const { createTools } = await import('./tools/chain.js');
    const { cacheBetweenRuns } = await import('./tools/actions-cache.js');
    const betweenRuns = cacheBetweenRuns({ enabled: 'cache' in inputs && inputs.cache, log, signal, env });
    // First to be deferred and so last to close: what is saved goes on while clusters are torn down.
    scope.defer(() => betweenRuns.flush());
    return createTools({ source: inputs.toolSource, exec, log, signal, env, betweenRuns });
  },
};

/**
 * Parses the inputs and runs their mode, to the exit code; what is wrong with them becomes a report as well.
 * @param onParsed called with valid inputs before the mode starts
 */
export async function execute(
  given: Given<Mode>,
  around: Surroundings,
  onParsed: (inputs: Inputs) => void = () => {},
): Promise<number> {
  const parsed = await parseInputs(given, around.env).catch((error: unknown) => ({ error }));
  forgetSecrets(around.env);
  if ('error' in parsed) return refuse(given.mode, reportDirOf(given), parsed.error, around);
  onParsed(parsed);
  return session(parsed, around, parts);
}
