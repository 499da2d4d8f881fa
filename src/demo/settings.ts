import { pem, selfSigned } from './certificates.js';
import { configMap, type DemoObject, PART_OF_ARGOCD, randomFor, type Setting } from './objects.js';

/** The `$secret:key` reference of oidc.config: a Secret of its own. */
export const OIDC_SECRET = { name: 'oidc-credentials', key: 'clientSecret' };
/** The `$secret:key` reference of the ApplicationSet plugin generator. */
export const PLUGIN_GENERATOR_SECRET = { name: 'tenant-generator-token', key: 'token' };
/** The ConfigMap of the ApplicationSet plugin generator. */
export const PLUGIN_GENERATOR_CONFIG_MAP = 'tenant-generator';
/** The key that signs the commits of signature-verified projects; the private half was thrown away. */
export const GPG_KEY_ID = '0A9DA879DD2918A7';

const GPG_PUBLIC_KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEZ3SFgBYJKwYBBAHaRw8BAQdAJv4ntdZqKIX69qhRYTEKG8Dn/ipCGOQ6eXjh
YTE2PQC0K2FyZ29jZC1kciBkZW1vbnN0cmF0aW9uIDxkZW1vQGNvcnAuZXhhbXBs
ZT6IkAQTFggAOBYhBIwNkXQj70YEmj6SSwqdqHndKRinBQJndIWAAhsDBQsJCAcC
BhUKCQgLAgQWAgMBAh4BAheAAAoJEAqdqHndKRin5moA/0QkfnHqiP7CVIkwrzom
7zw5FH0TDVi3ZuIul9ZQJd5nAP45N39MKLwJnQtZxHNZDFA8jh5lH2jbelcrjD+1
/VPpDg==
=j3aH
-----END PGP PUBLIC KEY BLOCK-----
`;

const SSO = {
  'dex.config': `connectors:
  # GitHub
  - type: github
    id: github
    name: GitHub
    config:
      clientID: aabbccddeeff00112233
      clientSecret: $dex.github.clientSecret
      orgs:
      - name: example-org
        teams:
        - platform
`,
  'oidc.config': `name: Corp SSO
issuer: https://sso.corp.example/realms/main
clientID: argocd
clientSecret: $${OIDC_SECRET.name}:${OIDC_SECRET.key}
requestedScopes: ["openid", "profile", "email", "groups"]
requestedIDTokenClaims: {"groups": {"essential": true}}
`,
};

const ACCOUNTS = {
  'accounts.alice': 'apiKey, login',
  'accounts.alice.enabled': 'false',
  'accounts.ci': 'apiKey',
  'admin.enabled': 'true',
  'users.anonymous.enabled': 'false',
  'users.session.duration': '24h',
};

const CUSTOMIZATIONS = {
  'resource.customizations.health.cert-manager.io_Certificate': `hs = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for i, condition in ipairs(obj.status.conditions) do
    if condition.type == "Ready" and condition.status == "True" then
      hs.status = "Healthy"
      hs.message = condition.message
      return hs
    end
  end
end

hs.status = "Progressing"
hs.message = "Waiting for certificate"
return hs
`,
  'resource.customizations.actions.apps_Deployment': `discovery.lua: |
  actions = {}
  actions["restart"] = {}
  return actions
definitions:
  - name: restart
    action.lua: |
      obj.metadata.annotations["corp.example/restart"] = "yes"
      return obj
`,
  'resource.customizations.ignoreDifferences.all': `managedFieldsManagers:
- kube-controller-manager
jsonPointers:
- /spec/replicas
`,
  'resource.customizations.ignoreDifferences.admissionregistration.k8s.io_MutatingWebhookConfiguration': `jqPathExpressions:
- .webhooks[]?.clientConfig.caBundle
`,
  'resource.exclusions': `- apiGroups:
  - cilium.io
  kinds:
  - CiliumIdentity
  clusters:
  - "*"
`,
  'resource.compareoptions': 'ignoreAggregatedRoles: true\n',
  'resource.respectRBAC': 'normal',
};

const TOOLS = {
  'kustomize.buildOptions': '--enable-helm --load-restrictor LoadRestrictionsNone',
  'kustomize.path.v5.4.3': '/custom-tools/kustomize-v5.4.3',
  'helm.valuesFileSchemes': 'http, https',
  'application.resourceTrackingMethod': 'annotation',
  'application.instanceLabelKey': 'argocd.argoproj.io/instance',
  'timeout.reconciliation': '120s',
};

const INTERFACE = {
  'statusbadge.enabled': 'true',
  'ui.bannercontent': '\uc5f4\ub9b0 \uc810\uac80: maintenance on Sunday \u{1f527}',
  'help.chatText': 'Ask #platform',
  'help.chatUrl': 'https://chat.corp.example/platform',
  globalProjects: `- labelSelector:
    matchExpressions:
      - key: compliance
        operator: In
        values:
          - pci
  projectName: guardrails`,
  'application.links': `- url: https://logs.corp.example/?ns={{.spec.destination.namespace}}
  title: Logs
  if: spec.project == "default"
`,
};

/** The ConfigMaps in which Argo CD and its add-ons are configured. */
export function settings(setting: Setting): DemoObject[] {
  return [
    argocdSettings(setting),
    rbac(setting),
    knownHosts(setting),
    tlsCertificates(setting),
    commandParameters(setting),
    own(setting, 'argocd-gpg-keys-cm', { [GPG_KEY_ID]: GPG_PUBLIC_KEY }),
    pluginGenerator(setting),
    configManagementPlugin(setting),
    unrelatedConfigMap(setting),
  ];
}

const own = ({ namespace }: Setting, name: string, data?: Record<string, string>): DemoObject =>
  configMap({ name, namespace, labels: { 'app.kubernetes.io/name': name, ...PART_OF_ARGOCD } }, data);

function argocdSettings(setting: Setting): DemoObject {
  const url = 'https://argocd.corp.example';
  return own(setting, 'argocd-cm', {
    url,
    ...SSO,
    ...ACCOUNTS,
    ...CUSTOMIZATIONS,
    ...TOOLS,
    ...INTERFACE,
  });
}

function rbac(setting: Setting): DemoObject {
  return own(setting, 'argocd-rbac-cm', {
    'policy.default': 'role:readonly',
    'policy.matchMode': 'glob',
    scopes: '[groups, email]',
    'policy.csv': `# Everyone on call may sync.
p, role:on-call, applications, get, */*, allow
p, role:on-call, applications, sync, */*, allow
p, role:on-call, logs, get, */*, allow

p, role:ci, applications, sync, payments/*, allow
p, role:team-c, applications, *, tenants/team-c-*/*, allow
g, corp:sre, role:on-call
g, ci, role:ci
g, alice, role:admin
`,
    'policy.overlay.csv': 'p, role:on-call, exec, create, */*, deny\n',
  });
}

function knownHosts(setting: Setting): DemoObject {
  const hosts = ['git.corp.example', '[git.corp.example]:2222', '203.0.113.10'];
  const lines = hosts.map((host) => {
    const key = randomFor(setting, 'host key', host).bytes(32);
    const blob = Buffer.concat([sshString(Buffer.from('ssh-ed25519')), sshString(key)]);
    return `${host} ssh-ed25519 ${blob.toString('base64')}\n`;
  });
  return own(setting, 'argocd-ssh-known-hosts-cm', { ssh_known_hosts: `# Git hosts\n${lines.join('')}` });
}

/** A string of the SSH wire format (RFC 4251, section 5). */
function sshString(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function tlsCertificates(setting: Setting): DemoObject {
  const certificate = (host: string) =>
    selfSigned(randomFor(setting, 'authority', host).bytes(32), [host]).certificate;
  return own(setting, 'argocd-tls-certs-cm', {
    'git.corp.example': certificate('git.corp.example'),
    'charts.corp.example': certificate('charts.corp.example') + certificate('intermediate.corp.example'),
  });
}

function commandParameters(setting: Setting): DemoObject {
  return own(setting, 'argocd-cmd-params-cm', {
    // The HA manifests set this one.
    'redis.server': 'argocd-redis-ha-haproxy:6379',
    'application.namespaces': 'team-a, team-*',
    'applicationsetcontroller.namespaces': 'team-a,team-b',
    'applicationsetcontroller.allowed.scm.providers': 'https://gitlab.corp.example/',
    'applicationsetcontroller.enable.progressive.syncs': 'true',
    'controller.status.processors': '50',
    'controller.sharding.algorithm': 'consistent-hashing',
    'server.insecure': 'false',
    'hydrator.enabled': 'false',
  });
}

function pluginGenerator(setting: Setting): DemoObject {
  return own(setting, PLUGIN_GENERATOR_CONFIG_MAP, {
    token: `$${PLUGIN_GENERATOR_SECRET.name}:${PLUGIN_GENERATOR_SECRET.key}`,
    baseUrl: 'http://tenant-generator.platform.svc.cluster.local.',
    requestTimeout: '60',
  });
}

/** What a sidecar of repo-server mounts; the binary file shows that `binaryData` is kept as well. */
function configManagementPlugin(setting: Setting): DemoObject {
  const plugin = own(setting, 'argocd-cmp-cue', {
    'plugin.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ConfigManagementPlugin
metadata:
  name: cue
spec:
  version: v1.0
  generate:
    command: [sh, -c]
    args:
      - |
        cue cmd "$ARGOCD_ENV_TASK" ./...
  discover:
    fileName: "./*.cue"
`,
  });
  const archive = randomFor(setting, 'plugin archive').bytes(96);
  return { ...plugin, binaryData: { 'vendor.tar.gz': archive.toString('base64') } };
}

/** In Argo CD's namespace, yet none of its own. */
function unrelatedConfigMap(setting: Setting): DemoObject {
  const authority = pem('CERTIFICATE', randomFor(setting, 'cluster authority').bytes(200));
  return configMap(
    { name: 'corp-root-ca.crt', namespace: setting.namespace },
    { 'ca.crt': authority },
    {
      immutable: true,
    },
  );
}
