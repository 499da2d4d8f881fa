import { configMap, type DemoObject, PART_OF_ARGOCD, randomFor, type Setting, secret } from './objects.js';

// The labels of Argo CD's own manifests.
const LABELS = {
  ...PART_OF_ARGOCD,
  'app.kubernetes.io/component': 'notifications-controller',
  'app.kubernetes.io/name': 'argocd-notifications-controller',
};

const SERVICES = {
  'service.slack': 'token: $slack-token\nusername: argocd\nicon: ":rocket:"\n',
  'service.webhook.incidents': `url: https://incidents.corp.example/hooks/argocd
headers:
- name: Authorization
  value: Bearer $incidents-token
`,
  'service.email': `host: smtp.corp.example
port: 587
from: argocd@corp.example
username: $email-username
password: $email-password
`,
};

const TEMPLATES = {
  'template.app-sync-failed': `message: |
  {{if eq .serviceType "slack"}}:exclamation:{{end}} Application {{.app.metadata.name}} failed to sync:
  {{.app.status.operationState.message}}
slack:
  attachments: |
    [{
      "title": "{{ .app.metadata.name}}",
      "title_link": "{{.context.argocdUrl}}/applications/{{.app.metadata.name}}",
      "color": "#E96D76"
    }]
`,
  'template.app-degraded':
    'email:\n  subject: "\\U0001F6A8 {{.app.metadata.name}} is degraded"\nmessage: |-\n  See above.\n',
};

const TRIGGERS = {
  'trigger.on-sync-failed': `- when: app.status.operationState.phase in ['Error', 'Failed']
  oncePer: app.status.sync.revision
  send: [app-sync-failed]
`,
  'trigger.on-health-degraded': "- when: app.status.health.status == 'Degraded'\n  send: [app-degraded]\n",
  defaultTriggers: '- on-sync-failed\n',
  subscriptions: '- recipients:\n  - slack:platform\n  triggers:\n  - on-health-degraded\n',
  context: 'argocdUrl: https://argocd.corp.example\n',
};

/** argocd-notifications-cm, and the Secret its `$…` references point to. */
export function notifications(setting: Setting): DemoObject[] {
  const { namespace } = setting;
  const random = randomFor(setting, 'notifications');
  return [
    configMap(
      { name: 'argocd-notifications-cm', namespace, labels: LABELS },
      { ...SERVICES, ...TEMPLATES, ...TRIGGERS },
    ),
    secret(
      { name: 'argocd-notifications-secret', namespace, labels: LABELS },
      {
        'slack-token': `xoxb-${random.credential()}`,
        'incidents-token': random.credential(),
        'email-username': 'argocd@corp.example',
        'email-password': random.credential(),
      },
    ),
  ];
}
