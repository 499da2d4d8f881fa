import { describe, expect, test } from '@jest/globals';
import { generatedGoMod, goBuild, goEnv, parseGoMod } from '../../src/tools/gomodule.js';

describe('generatedGoMod', () => {
  test('for kubernetes: staging modules become releases, folders are left out', () => {
    const upstream = parseGoMod(
      JSON.stringify({
        Go: '1.24.0',
        Require: [
          { Path: 'k8s.io/api', Version: 'v0.0.0' },
          { Path: 'k8s.io/klog/v2', Version: 'v2.130.1' },
          { Path: 'k8s.io/client-go', Version: 'v0.0.0' },
        ],
        Replace: [{ Old: { Path: 'k8s.io/api' }, New: { Path: './staging/src/k8s.io/api' } }],
      }),
    );
    expect(generatedGoMod('kubectl', 'k8s.io/kubernetes', '1.34.4', upstream)).toBe(
      `module argocd-dr/kubectl

go 1.24.0

require k8s.io/kubernetes v1.34.4

replace k8s.io/api => k8s.io/api v0.34.4

replace k8s.io/client-go => k8s.io/client-go v0.34.4
`,
    );
  });

  test('for argo-cd: replaces that point at a version are carried over', () => {
    const upstream = parseGoMod(
      JSON.stringify({
        Go: '1.24.6',
        Require: null,
        Replace: [
          { Old: { Path: 'gopkg.in/yaml.v2' }, New: { Path: 'gopkg.in/yaml.v2', Version: 'v2.4.0' } },
          {
            Old: { Path: 'github.com/one/fork', Version: 'v1.0.0' },
            New: { Path: 'github.com/two/fork', Version: 'v1.0.1' },
          },
          { Old: { Path: 'github.com/argoproj/gitops-engine' }, New: { Path: './gitops-engine' } },
        ],
      }),
    );
    expect(generatedGoMod('argocd', 'github.com/argoproj/argo-cd/v3', '3.1.9', upstream)).toBe(
      `module argocd-dr/argocd

go 1.24.6

require github.com/argoproj/argo-cd/v3 v3.1.9

replace gopkg.in/yaml.v2 => gopkg.in/yaml.v2 v2.4.0

replace github.com/one/fork v1.0.0 => github.com/two/fork v1.0.1
`,
    );
  });
});

describe('goBuild', () => {
  test('kubernetes programs tell their version', () => {
    expect(goBuild('kube-apiserver', '1.34.4')).toEqual({
      module: 'k8s.io/kubernetes',
      package: 'k8s.io/kubernetes/cmd/kube-apiserver',
      ldflags:
        '-X k8s.io/component-base/version.gitVersion=v1.34.4 -X k8s.io/component-base/version.gitMajor=1 ' +
        '-X k8s.io/component-base/version.gitMinor=34 -X k8s.io/component-base/version.gitTreeState=clean',
    });
  });

  test.each([
    ['2.14.21', 'github.com/argoproj/argo-cd/v2'],
    ['3.2.11', 'github.com/argoproj/argo-cd/v3'],
  ])('argocd %s', (version, module) => {
    expect(goBuild('argocd', version)).toMatchObject({ module, package: `${module}/cmd` });
  });

  test.each(['3.3.0', '3.6.0-rc2', '4.0.0'])('argocd %s is refused', (version) => {
    expect(() => goBuild('argocd', version)).toThrow(/3\.3 and later cannot be built from Go modules/);
  });
});

test("goEnv keeps the user's proxy and drops what would break a build", () => {
  const env = {
    GOPROXY: 'https://mirror.example',
    GOFLAGS: '-mod=vendor',
    GOOS: 'windows',
    GOWORK: '/w/go.work',
  };
  expect(goEnv(env, { os: 'linux', arch: 'amd64' })).toMatchObject({
    GOPROXY: 'https://mirror.example',
    GOFLAGS: '-buildvcs=false',
    GOOS: 'linux',
    GOARCH: 'amd64',
    GOWORK: 'off',
    CGO_ENABLED: '0',
  });
});
