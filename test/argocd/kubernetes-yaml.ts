/**
 * YAML as Kubernetes' own writer (sigs.k8s.io/yaml) means it: block style, sorted fields, strings in quotes where
 * in doubt, floats as Go prints them. The recorded output of the real one is test/fixtures/argocd-writes.json.
 */
export function kubernetesYaml(value: unknown): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: unknown): string[] {
  if (isInline(value)) return [inline(value)];
  if (Array.isArray(value)) return value.flatMap((item) => indented(lines(item), '- '));
  return Object.entries(value as object)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, item]) =>
      isInline(item)
        ? [`${quoted(key)}: ${inline(item)}`]
        : [`${quoted(key)}:`, ...(Array.isArray(item) ? lines(item) : indented(lines(item), '  '))],
    );
}

const isInline = (value: unknown) =>
  typeof value !== 'object' || value === null || Object.keys(value).length === 0;

const indented = ([first, ...rest]: string[], lead: string) => [
  `${lead}${first}`,
  ...rest.map((line) => `  ${line}`),
];

function inline(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return '[]';
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return goFloat(value);
  return typeof value === 'object' && value !== null ? '{}' : String(value);
}

function quoted(text: string): string {
  const escaped = (character: string) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  };
  return JSON.stringify(text).replace(/[^ -~]/gu, escaped);
}

/** As Go's strconv.FormatFloat(value, 'g', -1, 64): `1e+06`, `1e-07`, `0.5`. */
export function goFloat(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
