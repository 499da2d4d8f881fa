import { describe, expect, test } from '@jest/globals';
import { renderHosts, writeMirrors } from '../../../src/cluster/kind/mirrors.js';
import { EXIT } from '../../../src/errors.js';

describe('hosts.toml', () => {
  test('a file for each registry, its mirrors in their order', () => {
    expect(
      renderHosts([
        'docker.io=https://one.example',
        'quay.io=http://127.0.0.1:5000/',
        'Docker.io=https://two.example/cache',
      ]),
    ).toEqual([
      {
        dir: '/etc/containerd/certs.d/docker.io',
        text: '[host."https://one.example"]\n  capabilities = ["pull", "resolve"]\n\n[host."https://two.example/cache"]\n  capabilities = ["pull", "resolve"]\n',
      },
      {
        dir: '/etc/containerd/certs.d/quay.io',
        text: '[host."http://127.0.0.1:5000"]\n  capabilities = ["pull", "resolve"]\n',
      },
    ]);
  });

  test("a path of the registry's API is taken as it is", () => {
    const [file] = renderHosts(['docker.io=https://harbor.example/v2/proxy']);
    expect(file!.text).toContain('[host."https://harbor.example/v2/proxy"]');
    expect(file!.text).toContain('override_path = true');
    expect(renderHosts(['docker.io=https://harbor.example/v2x'])[0]!.text).not.toContain('override_path');
  });

  test('a registry with a port', () => {
    expect(renderHosts(['reg.example:5000=https://m.example'])[0]!.dir).toBe(
      '/etc/containerd/certs.d/reg.example:5000',
    );
  });

  test.each([
    'docker.io',
    'docker.io=mirror.example',
    '=https://m.example',
    '../x=https://m.example',
    'docker.io=ftp://m.example',
    'a/b=https://m.example',
    'docker.io=https://m.example?x=1',
    '',
  ])('refuses %j', (entry) => {
    expect(() => renderHosts([entry])).toThrow(
      expect.objectContaining({
        exitCode: EXIT.invalidInput,
        message: expect.stringContaining(`registry-mirrors: "${entry}"`),
      }),
    );
  });

  test('refuses a password without showing it', () => {
    expect(() => renderHosts(['docker.io=https://me:hunter2@m.example'])).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});

describe('writing them', () => {
  const files = renderHosts(['docker.io=https://a.example', 'quay.io=https://b.example']);

  test('into every node, the text by standard input', async () => {
    const written: Record<string, string | undefined> = {};
    await writeMirrors(['n1', 'n2'], files, async (node, command, stdin) => {
      written[`${node} ${command.at(-1)}`] = stdin;
      return { code: 0, stdout: '', stderr: '' };
    });
    expect(written).toEqual({
      'n1 /etc/containerd/certs.d/docker.io': files[0]!.text,
      'n1 /etc/containerd/certs.d/quay.io': files[1]!.text,
      'n2 /etc/containerd/certs.d/docker.io': files[0]!.text,
      'n2 /etc/containerd/certs.d/quay.io': files[1]!.text,
    });
  });

  test('a node that refuses is named', async () => {
    const inNode = async (node: string) => ({
      code: node === 'n2' ? 1 : 0,
      stdout: '',
      stderr: 'read-only file system',
    });
    await expect(writeMirrors(['n1', 'n2'], files, inNode)).rejects.toMatchObject({
      exitCode: EXIT.infra,
      message: expect.stringMatching(/in node n2: read-only file system/),
    });
  });
});
