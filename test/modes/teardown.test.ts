import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newMark } from '../../src/cluster/kind/remove.js';
import { removeUnfinished } from '../../src/modes/teardown.js';
import { type Answer, type Call, FakeDocker, fakeExec } from '../cluster/kind/fake-docker.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'teardown-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const remove = (answer: (call: Call) => Answer) =>
  removeUnfinished('c', { exec: fakeExec(answer).exec, env: { RUNNER_TEMP: dir } }, 1);

describe('a cluster that was being made', () => {
  test('goes with the nodes that come behind its removal', async () => {
    const fake = new FakeDocker();
    const mark = newMark();
    fake.add('c', ['control-plane'], [mark]);
    const late = ['worker', 'worker'];
    let empty = 0;
    expect(
      await remove((call) => {
        const answer = fake.answer(call);
        // A node comes when twice there seemed to be none.
        if (call.args[0] === 'ps' && answer?.stdout === '' && ++empty % 2 === 0 && late.length > 0)
          fake.add('c', [late.pop()!], [mark]);
        return answer;
      }),
    ).toBe(true);
    expect(fake.containers).toEqual([]);
    expect(late).toEqual([]);
  });

  test('goes though a node that is half made cannot be inspected', async () => {
    const fake = new FakeDocker();
    fake.add('c', ['control-plane'], [newMark()]);
    let failures = 2;
    const halfMade = { code: 1, stderr: 'Error response from daemon: No such container: c-control-plane' };
    expect(
      await remove((call) => (call.args[0] === 'inspect' && failures-- > 0 ? halfMade : fake.answer(call))),
    ).toBe(true);
    expect(fake.containers).toEqual([]);
  });

  test('that does not come: there was none', async () => {
    expect(await remove((call) => new FakeDocker().answer(call))).toBe(false);
  });

  test('that cannot be removed is told in the end', async () => {
    const gone = { code: 1, stderr: 'Cannot connect to the Docker daemon at unix:///x.' };
    await expect(remove((call) => (call.args[0] === 'ps' ? gone : undefined))).rejects.toThrow(/Docker/);
  });
});
