import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/errors.js';
import { assertPlatform } from '../../src/tools/platform.js';
import { parseVersion } from '../../src/tools/versions.js';

describe('assertPlatform', () => {
  test.each([
    ['linux', 'x64', { os: 'linux', arch: 'amd64' }],
    ['linux', 'arm64', { os: 'linux', arch: 'arm64' }],
    ['darwin', 'arm64', { os: 'darwin', arch: 'arm64' }],
  ])('%s on %s', (os, arch, expected) => {
    expect(assertPlatform(os, arch)).toEqual(expected);
  });

  test.each([
    ['win32', 'x64'],
    ['linux', 'ia32'],
    ['freebsd', 'arm64'],
  ])('%s on %s is refused by name', (os, arch) => {
    expect(() => assertPlatform(os, arch)).toThrow(
      expect.objectContaining({ exitCode: EXIT.infra, message: expect.stringContaining(`${os} on ${arch}`) }),
    );
  });
});

describe('parseVersion', () => {
  test('takes releases and pre-releases', () => {
    expect(parseVersion('3.1.9')).toEqual({ major: 3, minor: 1 });
    expect(parseVersion('3.6.0-rc2')).toEqual({ major: 3, minor: 6 });
  });

  test.each(['v3.1.9', '3.1', '', 'latest', '3.1.9/../..', '3.1.9 '])('refuses "%s"', (version) => {
    expect(() => parseVersion(version)).toThrow(expect.objectContaining({ exitCode: EXIT.invalidInput }));
  });
});
