import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { openBackup } from '../../src/bundle/open.js';
import { artifactName } from '../../src/github/artifact-name.js';
import { actionsArtifacts, uploadBackup } from '../../src/github/artifacts.js';
import { fetchBackup } from '../../src/github/fetch.js';
import { findBackup } from '../../src/github/find.js';
import { repositoryOf } from '../../src/github/repository.js';
import { isArtifact, readBackupSource } from '../../src/inputs/backup-source.js';
import { identity, writeSample } from '../bundle/sample.js';
import { recordingLog, tempDir } from '../tools/bench.js';
import { apiOf, asRunner, github, privateDir } from './bench.js';

test.each(['latest', 'run:30433642', 'artifact:5000', 'random:30d'])(
  'a backup that was uploaded is found by %s, fetched, and opens',
  async (input) => {
    const bed = await github();
    asRunner(bed);
    const repository = repositoryOf(bed.env);
    const at = new Date('2026-11-20T04:18:00Z');
    const written = await writeSample(tempDir());
    const { id, digest } = await uploadBackup({
      ...written,
      name: artifactName('argocd', at),
      client: await actionsArtifacts(),
      env: bed.env,
      scratchDir: privateDir(),
    });

    const { api, log } = apiOf(bed);
    const source = readBackupSource(input)!;
    if (!isArtifact(source)) throw new Error(`${input} is no path`);
    const now = new Date('2026-11-25T12:00:00Z');
    const { artifact } = await findBackup(source, {
      ...{ api, repository, now, log, random: Math.random, query: { workflow: 'backup.yml' } },
    });
    expect([artifact.id, artifact.digest]).toEqual([id, `sha256:${digest}`]);

    const net = { fetch, log: recordingLog(), signal: undefined, sleep: async () => {} };
    const { path } = await fetchBackup({ api, repository, artifact, intoDir: privateDir(), net });
    expect(readFileSync(path)).toEqual(readFileSync(written.path));
    const opened = await openBackup({ path, identities: [identity], intoDir: privateDir() });
    expect(opened.receipt!.sha256).toBe(written.sha256);
  },
);
