import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openBackup } from '../../src/bundle/open.js';
import { writeBackup } from '../../src/bundle/write.js';
import { checkIntegrity } from '../../src/checks/integrity.js';
import { EXIT } from '../../src/errors.js';
import { Recorder } from '../../src/report/recorder.js';
import { identity, optionsFor, withFolder } from '../bundle/sample.js';

const NAMED = 'named-like-the-password';
const secret = `apiVersion: v1
kind: Secret
metadata:
  name: argocd-secret
stringData:
  password: ${NAMED}
`;
const application = (name: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
spec:
  source:
    helm:
      values: 'password: literal-of-helm'
`;

test('what is secret in a backup is masked before anything in it is named, and hidden in errors', async () => {
  await withFolder(async (folder) => {
    const exported = [secret, application('one'), application(NAMED), application(NAMED)].join('---\n');
    const path = join(folder, 'x.tar.gz.age');
    await writeBackup(optionsFor(path, { exportYaml: Buffer.from(exported), extrasYaml: Buffer.from('') }));
    const recorder = new Recorder({ mode: 'restore-verify', startedAt: new Date() });
    const masked: string[] = [];
    const runner = {
      async mask(values: () => Promise<Iterable<string>>) {
        expect(recorder.checks.map(({ id }) => id)).toEqual(['integrity.opens', 'integrity.members']);
        masked.push(...(await values()));
      },
    };
    const open = () => openBackup({ path, identities: [identity], intoDir: folder });
    const error = await checkIntegrity(recorder, path, open, '', runner).catch((error) => error);
    expect(error).toMatchObject({ exitCode: EXIT.cannotOpen, message: expect.stringContaining(NAMED) });
    expect(masked).toEqual([NAMED, 'literal-of-helm']);
    expect(recorder.checks.at(-1)!.evidence).toContain('Application argocd/***');
    expect(recorder.messageOf(error)).not.toContain(NAMED);
  });
});

test('a run that is to end reads no documents', async () => {
  await withFolder(async (folder) => {
    const exported = Buffer.from([secret, application('one')].join('---\n'));
    const path = join(folder, 'x.tar.gz.age');
    await writeBackup(optionsFor(path, { exportYaml: exported, extrasYaml: Buffer.from('') }));
    const recorder = new Recorder({ mode: 'restore-verify', startedAt: new Date() });
    const open = () => openBackup({ path, identities: [identity], intoDir: folder });
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(checkIntegrity(recorder, path, open, '', undefined, signal)).rejects.toThrow('cancelled');
    expect(recorder.checks.at(-1)).toMatchObject({ id: 'integrity.yaml', status: 'error' });
  });
});
