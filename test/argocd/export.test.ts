import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { exportArgoCd } from '../../src/argocd/export.js';
import { EXIT } from '../../src/errors.js';
import { exec } from '../../src/exec.js';
import { withFolder } from '../bundle/sample.js';

/** Exports by a program that writes these lines of a shell's. */
const exporting = (script: string) =>
  withFolder((folder) => {
    const argocd = join(folder, 'argocd');
    writeFileSync(argocd, `#!/bin/sh\n${script}\n`);
    chmodSync(argocd, 0o755);
    const target = { kubeconfig: join(folder, 'kubeconfig') };
    return exportArgoCd({ exec, argocd, target, namespace: 'argocd', flags: [], path: join(folder, 'x') });
  });

const document = (name: string, value: string) =>
  `printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: ${name}\\ndata:\\n  a: ${value}\\n---\\n'`;
const BROKEN = document('broken', '"x\\342\\200\\250y"');
const MUCH_MORE = `head -c 3000000 /dev/zero | tr '\\0' x`;

test.each([
  ['the last document', BROKEN],
  ['a document with much behind it', `${BROKEN}; ${MUCH_MORE}; sleep 0.2; ${MUCH_MORE}`],
])('%s cannot be trusted: its name, and not a broken pipe', async (_, script) => {
  await expect(exporting(`${document('good', 'x')}; ${script}`)).rejects.toMatchObject({
    exitCode: EXIT.infra,
    message: expect.stringMatching(/something that is not an export: .*ConfigMap broken.*U\+2028/),
  });
});

test('a failed command says more than the text that it broke off', async () => {
  await expect(exporting(`${BROKEN}; ${MUCH_MORE}; echo 'no such host' >&2; exit 20`)).rejects.toMatchObject({
    code: 20,
    message: expect.stringContaining('exit code 20: no such host'),
  });
});
