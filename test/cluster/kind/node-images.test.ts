import { describe, expect, test } from '@jest/globals';
import {
  chooseNodeImage,
  type ImageRequest,
  PINNED_IMAGES,
  supportedKubernetes,
} from '../../../src/cluster/kind/node-images.js';
import { EXIT } from '../../../src/errors.js';
import { DEFAULT_VERSIONS } from '../../../src/tools/versions.js';

const choose = (request: Partial<ImageRequest>) =>
  chooseNodeImage({ kubernetesVersion: 'auto', argocdVersion: '3.1.9', localTags: [], ...request });

const pinned = (version: string) => `kindest/node:v${version}@${PINNED_IMAGES.get(version)}`;

describe('which Kubernetes Argo CD is tested with', () => {
  test.each([
    ['3.5.7', ['1.36', '1.35', '1.34', '1.33']],
    ['3.4.0', ['1.35', '1.34', '1.33', '1.32']],
    ['3.3.1-rc1', ['1.35', '1.34', '1.33', '1.32']],
    ['3.2.11', ['1.34', '1.33', '1.32', '1.31']],
    ['3.1.9', ['1.34', '1.33', '1.32', '1.31']],
    ['3.0.0', ['1.32', '1.31', '1.30', '1.29']],
    ['3.9.0', []],
    ['2.14.3', []],
  ])('%s', (argocd, minors) => {
    expect(supportedKubernetes(argocd)).toEqual(minors);
  });
});

describe('the image of the nodes', () => {
  const local = [`v${DEFAULT_VERSIONS.kubernetes}`, 'v1.30.0'];
  test.each<[string, Partial<ImageRequest>, string]>([
    ['the default, pinned', {}, pinned('1.34.0')],
    ['the default, from this machine', { localTags: local }, `kindest/node:v${DEFAULT_VERSIONS.kubernetes}`],
    ['the default, while Argo CD is not known', { argocdVersion: 'auto' }, pinned('1.34.0')],
    [
      'the newest that an older Argo CD is tested with',
      { argocdVersion: '3.0.5', localTags: local },
      pinned('1.32.8'),
    ],
    ['an explicit version, pinned', { kubernetesVersion: '1.31.12' }, pinned('1.31.12')],
    ['an explicit version, here', { kubernetesVersion: '1.30.0', localTags: local }, 'kindest/node:v1.30.0'],
    [
      "the user's own image before all",
      { nodeImage: 'my/node:1', kubernetesVersion: '9.9.9', localTags: local },
      'my/node:1',
    ],
  ])('%s', (_, request, image) => {
    expect(choose(request).image).toBe(image);
  });

  test('an explicit version that is neither here nor pinned is refused with what there is', () => {
    for (const kubernetesVersion of ['1.34.3', '1.28.0'])
      expect(() => choose({ kubernetesVersion, localTags: local })).toThrow(
        expect.objectContaining({
          exitCode: EXIT.invalidInput,
          message: expect.stringMatching(
            new RegExp(`${kubernetesVersion} .*1\\.34\\.0, 1\\.33\\.4.*v1\\.34\\.4, v1\\.30\\.0.*node-image`),
          ),
        }),
      );
  });

  test.each<[Partial<ImageRequest>, string | undefined]>([
    [{ kubernetesVersion: '1.31.12' }, undefined],
    [
      { kubernetesVersion: '1.31.12', argocdVersion: '3.5.7' },
      'Argo CD 3.5.7 is not tested with Kubernetes 1.31.12',
    ],
    [{ kubernetesVersion: '1.30.0', localTags: local }, 'is not tested with Kubernetes 1.30.0'],
    [{ kubernetesVersion: '1.31.12', argocdVersion: '3.9.0' }, undefined],
    [{ kubernetesVersion: '1.31.12', argocdVersion: 'auto' }, undefined],
  ])('warns of what is not tested: %j', (request, warning) => {
    const { warning: told } = choose(request);
    if (warning === undefined) expect(told).toBeUndefined();
    else expect(told).toContain(warning);
  });
});
