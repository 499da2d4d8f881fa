import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { identityToRecipient } from 'age-encryption';
import { rootDigest } from '../../src/bundle/digest.js';
import type { ObjectRecord } from '../../src/bundle/manifest.js';
import { writeBackup } from '../../src/bundle/write.js';
import { type ExecOptions, exec } from '../../src/exec.js';
import { type ReferenceAge, referenceAge } from '../bed/reference-age.js';
import { manifestFor, opened, optionsFor, sha256, small, withFolder } from './sample.js';

let reference: ReferenceAge;
beforeAll(async () => {
  reference = await referenceAge();
}, 600_000);

/** Runs what a user would type, with the reference age as $AGE. */
async function shell(script: string, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options: ExecOptions = { cwd, set: { ...env, AGE: reference.age } };
  const { code, stdout, stderr } = await exec('bash', ['-euo', 'pipefail', '-c', script], options);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

async function makeKey(
  folder: string,
  args: string[] = [],
): Promise<{ identity: string; recipient: string }> {
  await exec(reference.ageKeygen, [...args, '-o', join(folder, 'key.txt')]);
  const identity = readFileSync(join(folder, 'key.txt'), 'utf8').match(/^AGE-SECRET-KEY-.*$/m)![0];
  return { identity, recipient: await identityToRecipient(identity) };
}

const keyKinds: [string, string[]][] = [
  ['X25519', []],
  ['post-quantum', ['-pq']],
];

describe.each(keyKinds)('with a key of the kind %s', (_kind, args) => {
  test('age and tar restore byte for byte what we sealed', async () => {
    await withFolder(async (folder) => {
      const { recipient } = await makeKey(folder, args);
      const options = optionsFor(join(folder, 'x.tar.gz.age'));
      await writeBackup({ ...options, seal: { recipients: [recipient] } });
      mkdirSync(join(folder, 'out'));
      const listed = await shell('"$AGE" -d -i ../key.txt ../x.tar.gz.age | tar xzv', join(folder, 'out'));
      expect(listed).toBe('export.yaml\nextras.yaml\nmanifest.json\n');
      for (const [name, bytes] of Object.entries(options.members)) {
        expect(readFileSync(join(folder, 'out', name)).equals(bytes as Buffer)).toBe(true);
      }
    });
  });

  test('we open, from a key file, what tar, gzip and age made', async () => {
    await withFolder(async (folder) => {
      const { identity, recipient } = await makeKey(folder, args);
      writeFileSync(join(folder, 'export.yaml'), small.exportYaml);
      writeFileSync(join(folder, 'extras.yaml'), small.extrasYaml);
      writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifestFor(small), null, 2));
      await shell(
        'tar c export.yaml extras.yaml manifest.json | gzip -9 | "$AGE" -r "$RECIPIENT" -o x.tar.gz.age',
        folder,
        { RECIPIENT: recipient },
      );
      await opened(
        join(folder, 'x.tar.gz.age'),
        ({ manifest, exportPath, extrasPath }) => {
          expect(manifest).toEqual(manifestFor(small));
          expect(readFileSync(exportPath).equals(small.exportYaml)).toBe(true);
          expect(readFileSync(extrasPath).equals(small.extrasYaml)).toBe(true);
        },
        { identities: [identity] },
      );
    });
  });
});

test('gzip and tar take an unsealed backup without a word', async () => {
  await withFolder(async (folder) => {
    const options = optionsFor(join(folder, 'x.tar.gz'));
    await writeBackup(options);
    const said = await shell('gzip -t x.tar.gz 2>&1; mkdir out; tar xzvf x.tar.gz -C out 2>&1', folder);
    expect(said).toBe('export.yaml\nextras.yaml\nmanifest.json\n');
    expect(readFileSync(join(folder, 'out/export.yaml')).equals(small.exportYaml)).toBe(true);
  });
});

test('the tar names no user and no time', async () => {
  await withFolder(async (folder) => {
    await writeBackup(optionsFor(join(folder, 'x.tar.gz')));
    const listed = await shell('TZ=UTC tar tvzf x.tar.gz', folder);
    expect(listed.trimEnd().split('\n')).toHaveLength(3);
    for (const line of listed.trimEnd().split('\n')) {
      expect(line).toMatch(/^-rw------- 0\/0 +\d+ 1970-01-01 00:00 (export|extras|manifest)\.(yaml|json)$/);
    }
  });
});

describe('the commands in the documents', () => {
  const docs = join(import.meta.dirname, '../../docs');
  const command = (document: string, start: string) => {
    const text = readFileSync(join(docs, document), 'utf8');
    const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]!);
    return blocks.find((block) => block.startsWith(start))!;
  };

  test('make the root digest', async () => {
    const sha = sha256('x');
    const names = ['b', 'a', 'ü', '😀', '\uffff', 'a-b'];
    const objects = names.map((name): ObjectRecord => {
      return {
        member: 'export.yaml',
        kind: 'Secret',
        namespace: name === 'a' ? '' : 'argocd',
        name,
        sha256: sha,
      };
    });
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ objects }));
      const said = await shell(command('bundle-format.md', "jq -j '.objects[]"), folder);
      expect(said.slice(0, 64)).toBe(rootDigest(objects));
    });
  });

  test('compare the members with the manifest', async () => {
    await withFolder(async (folder) => {
      await writeBackup(optionsFor(join(folder, 'x.tar.gz')));
      const compare = command('recovery.md', "jq -r '.members");
      expect(await shell(`tar xzf x.tar.gz; ${compare}`, folder)).toContain(
        'export.yaml: OK\nextras.yaml: OK\n',
      );
      writeFileSync(join(folder, 'extras.yaml'), 'changed');
      await expect(shell(compare, folder)).rejects.toThrow();
    });
  });
});
