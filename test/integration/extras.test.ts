import { afterAll, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { loadAll } from 'js-yaml';
import { openBackup } from '../../src/bundle/open.js';
import { CONFIG_MAP, type KubeObject } from '../../src/kube/objects.js';
import { bed, runMode, startArgoCd, tempDir } from '../bed/bed.js';

afterAll(() => bed.close());

/** ApplicationSets and Applications of teams, and all that Argo CD reads for them beside the export. */
const OBJECTS = `
{apiVersion: v1, kind: Namespace, metadata: {name: team-a}}
---
{apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: {name: default, namespace: argocd}, spec: {}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: team-a}
spec:
  project: default
  source: {repoURL: https://git.example.com/x, path: .}
  destination: {name: in-cluster, namespace: x}
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shops, namespace: team-a}
spec:
  generators:
    - scmProvider:
        gitlab:
          group: "1"
          tokenRef: {secretName: scm-token, key: t}
          caRef: {configMapName: argocd-tls-certs-cm, key: ca}
    - scmProvider: {github: {organization: o, appSecretName: github-app}}
    - scmProvider: {github: {organization: o, appSecretName: argocd-redis}}
    - clusterDecisionResource: {configMapRef: ducks, name: quak}
  template:
    metadata: {name: "{{repository}}"}
    spec:
      project: default
      source: {repoURL: https://git.example.com/x, path: .}
      destination: {name: in-cluster, namespace: x}
---
apiVersion: v1
kind: Secret
metadata: {name: scm-token, namespace: team-a, labels: {argocd.argoproj.io/secret-type: scm-creds}}
stringData: {t: made-up-token}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-tls-certs-cm, namespace: team-a}, data: {ca: made up}}
---
{apiVersion: v1, kind: Secret, metadata: {name: github-app, namespace: argocd}, stringData: {githubAppPrivateKey: made-up-key}}
---
{apiVersion: v1, kind: Secret, metadata: {name: argocd-redis, namespace: argocd}, stringData: {auth: made-up-redis}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: ducks, namespace: argocd}, data: {apiVersion: mallard.io/v1beta1, kind: ducks}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-notifications-cm, namespace: team-a}, data: {service.slack: "token: $t"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: argocd-notifications-secret, namespace: team-a}, stringData: {t: made-up-slack}}
---
{apiVersion: v1, kind: Secret, metadata: {name: argocd-redis-oidc, namespace: argocd}, stringData: {clientSecret: made-up-oidc}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: kube-root-ca.crt, namespace: argocd}, data: {ca.crt: made up}}
`;

/** What the two ConfigMaps of the HA manifests say for it. */
const SETTINGS = {
  'argocd-cmd-params-cm': {
    'application.namespaces': 'team-*',
    'applicationsetcontroller.namespaces': 'team-*',
    'notificationscontroller.selfservice.enabled': 'true',
  },
  'argocd-cm': { 'dex.config': 'connectors: [{config: {clientSecret: $argocd-redis-oidc:clientSecret}}]' },
};

const EXPECTED = [
  'ConfigMap argocd/argocd-cmd-params-cm',
  'ConfigMap argocd/argocd-gpg-keys-cm',
  'ConfigMap argocd/argocd-notifications-cm',
  'ConfigMap argocd/ducks',
  'ConfigMap team-a/argocd-notifications-cm',
  'ConfigMap team-a/argocd-tls-certs-cm',
  'Namespace /argocd',
  'Namespace /team-a',
  'Secret argocd/argocd-notifications-secret',
  'Secret argocd/argocd-redis-oidc',
  'Secret argocd/github-app',
  'Secret team-a/argocd-notifications-secret',
  'Secret team-a/scm-token',
];

test('what teams and their generators read is backed up, and restored', async () => {
  const { kube, target } = await startArgoCd();
  for (const object of loadAll(OBJECTS) as KubeObject[])
    await kube.apply(await kube.resourceFor(object), object);
  for (const [name, data] of Object.entries(SETTINGS))
    await kube.mergePatch(CONFIG_MAP, 'argocd', name, { data });
  const identity = await generateIdentity();
  const recipients = await identityToRecipient(identity);
  const values = { kubeconfig: target.kubeconfig!, recipients, output: `${tempDir()}/` };
  const ended = await runMode('backup', values);
  expect(ended.report.message).toMatch(/^Backed up 1 Application/);
  expect(ended.text).not.toContain('points to');
  const backup = ended.outputs['backup-path']!;
  const { manifest } = await openBackup({ path: backup, identities: [identity], intoDir: tempDir() });
  const extras = manifest.objects.filter(({ member }) => member === 'extras.yaml');
  const names = extras.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
  expect(names.sort()).toEqual(EXPECTED);
  const restored = await runMode('restore-verify', { backup, identity, cluster: 'control-plane' });
  expect(`${restored.code} ${restored.report.verdict}`).toBe('0 PASS');
}, 240_000);
