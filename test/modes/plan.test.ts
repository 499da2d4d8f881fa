import { describe, expect, test } from '@jest/globals';
import type { Exec } from '../../src/exec.js';
import { parseInputs } from '../../src/inputs.js';
import { settle } from '../../src/modes/plan.js';
import { Recorder } from '../../src/report/recorder.js';

/** What the inputs of a drill settle to, and what the report then says of the level. */
async function settled(values: Record<string, string>, docker: boolean, quick = false) {
  const exec: Exec = async () => ({ code: docker ? 0 : 1, stdout: docker ? '28.0.0' : '', stderr: '' });
  const recorder = new Recorder({ mode: 'drill', startedAt: new Date() });
  const inputs = await parseInputs({ mode: 'drill', values }, {});
  const { cluster, level } = await settle(inputs, { quick }, { exec, env: {}, recorder });
  expect(recorder.facts.level).toBe(level);
  return `${cluster} ${level}`;
}

describe('settle', () => {
  test.each<[Record<string, string>, boolean, string]>([
    [{}, true, 'kind engine'],
    [{}, false, 'control-plane restore'],
    [{ level: 'integrity' }, true, 'control-plane integrity'],
    [{ level: 'restore' }, true, 'kind restore'],
    [{ level: 'restore' }, false, 'control-plane restore'],
    [{ level: 'running' }, true, 'kind running'],
    [{ cluster: 'control-plane' }, true, 'control-plane restore'],
    [{ cluster: 'kind' }, true, 'kind engine'],
  ])('%j with Docker %s: %s', async (values, docker, expected) => {
    expect(await settled(values, docker)).toBe(expected);
  });

  test.each<[Record<string, string>, string]>([
    [{}, 'control-plane restore'],
    [{ level: 'engine' }, 'kind engine'],
    [{ cluster: 'kind' }, 'kind engine'],
    [{ 'verify-command': 'true' }, 'kind engine'],
    [{ 'admin-password': 'secret' }, 'kind engine'],
    [{ 'registry-mirrors': 'docker.io=https://mirror.example' }, 'kind engine'],
  ])('quick, %j: %s', async (values, expected) => {
    expect(await settled(values, true, true)).toBe(expected);
  });

  test.each<[Record<string, string>, boolean, boolean]>([
    [{}, false, true],
    [{}, true, false],
    [{ level: 'restore' }, false, false],
    [{ cluster: 'control-plane' }, false, false],
  ])('%j with Docker %s: says that nothing ran: %s', async (values, docker, said) => {
    const exec: Exec = async () => ({ code: docker ? 0 : 1, stdout: '28.0.0', stderr: '' });
    const recorder = new Recorder({ mode: 'restore-verify', startedAt: new Date() });
    await settle(
      await parseInputs({ mode: 'drill', values }, {}),
      { quick: false },
      { exec, env: {}, recorder },
    );
    const { warnings } = recorder.finish({ verdict: 'PASS', exitCode: 0, message: '' });
    expect(warnings.some((line) => /levels running and engine\) is not proven/.test(line))).toBe(said);
  });

  test.each([
    ['1h', '1h', true],
    ['59m', '1h', false],
  ])('rto-target %s with timeout %s: says that it cannot be missed: %s', async (target, timeout, said) => {
    const exec: Exec = async () => ({ code: 1, stdout: '', stderr: '' });
    const recorder = new Recorder({ mode: 'drill', startedAt: new Date() });
    const values = { level: 'integrity', 'rto-target': target, timeout };
    const inputs = await parseInputs({ mode: 'drill', values }, {});
    await settle(inputs, { quick: false }, { exec, env: {}, recorder });
    const { warnings } = recorder.finish({ verdict: 'PASS', exitCode: 0, message: '' });
    expect(warnings.some((line) => /^rto-target .* is not below timeout/.test(line))).toBe(said);
  });

  test.each([{ level: 'engine' }, { 'verify-command': 'true' }, { 'port-mappings': '31000:31000' }])(
    '%j without Docker is an infrastructure error, not a lower level',
    async (values) => {
      await expect(settled(values, false)).rejects.toMatchObject({ exitCode: 4 });
    },
  );
});
