import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { renderHtml } from '../../src/report/html.js';
import { renderJUnit } from '../../src/report/junit.js';
import { fail, kindDrill, pass, samples } from '../fixtures/reports.js';
import { CHROMIUM_ARGS, chromiumPath } from './chromium.js';

jest.setTimeout(120_000);

const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = [360, 1280];

let browser: Browser;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'argocd-dr-browser-'));
  browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS });
});

afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Visit {
  page: Page;
  url: string;
  /** Console messages and errors of the page. */
  complaints: string[];
  requests: string[];
}

/** A page with everything unfolded, as what is hidden cannot be measured. */
async function unfolded(
  name: string,
  width: number,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<Visit> {
  const visited = await visit(name, width, colorScheme);
  await visited.page.locator('details').evaluateAll((all) => {
    for (const one of all) one.setAttribute('open', '');
  });
  return visited;
}

async function visit(name: string, width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Visit> {
  const path = join(dir, `${name}.html`);
  writeFileSync(path, renderHtml(samples[name]!));
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => void dialog.dismiss().then(() => complaints.push('a dialog')));
  page.on('request', (request) => requests.push(request.url()));
  const url = pathToFileURL(path).href;
  await page.goto(url);
  return { page, url, complaints, requests };
}

describe.each(Object.keys(samples))('%s', (name) => {
  test.each(WIDTHS)('loads nothing, complains of nothing and does not overflow at %d px', async (width) => {
    const { page, url, complaints, requests } = await unfolded(name, width);
    const scroll = await page.locator('html').evaluate((root) => root.scrollWidth);
    const beyond = await page
      .locator('body *:visible')
      .evaluateAll(
        (elements, limit) =>
          elements
            .filter((element) => element.getBoundingClientRect().right > limit + 0.5)
            .map((element) => element.outerHTML.slice(0, 120)),
        width,
      );
    expect({ scroll, beyond, complaints, requests }).toEqual({
      scroll: width,
      beyond: [],
      complaints: [],
      requests: [url],
    });
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    await page.close();
  });

  test.each(SCHEMES)('every text has a contrast of at least 4.5 in %s', async (scheme) => {
    const { page } = await unfolded(name, 1280, scheme);
    const texts = await textColors(page);
    expect(texts.length).toBeGreaterThan(10);
    const faint = texts.filter(({ color, background }) => contrast(color, background) < 4.5);
    expect(faint).toEqual([]);
    await page.close();
  });
});

interface ColoredText {
  text: string;
  color: string;
  background: string;
}

/** Each element that holds text of its own, with its colour and the nearest background behind it. */
function textColors(page: Page): Promise<ColoredText[]> {
  return page.locator('body *:visible').evaluateAll((elements) => {
    const view = elements[0]!.ownerDocument.defaultView!;
    const own = (element: (typeof elements)[number]) =>
      [...element.childNodes]
        .filter((node) => node.nodeType === 3)
        .map((node) => node.textContent!.trim())
        .join('');
    const backgroundOf = (element: (typeof elements)[number]) => {
      for (let at: typeof element | null = element; at; at = at.parentElement!) {
        const { backgroundColor } = view.getComputedStyle(at);
        if (backgroundColor !== 'rgba(0, 0, 0, 0)') return backgroundColor;
      }
      return 'none';
    };
    return elements.filter(own).map((element) => {
      const style = view.getComputedStyle(element);
      const color = element.closest('svg') ? style.fill : style.color;
      return { text: own(element).slice(0, 40), color, background: backgroundOf(element) };
    });
  });
}

/** The contrast of two opaque colours after WCAG 2. */
function contrast(a: string, b: string): number {
  const [dark, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (bright! + 0.05) / (dark! + 0.05);
}

function luminance(color: string): number {
  const channels = color.match(/^rgb\((\d+), (\d+), (\d+)\)$/);
  if (!channels) throw new Error(`not an opaque colour: ${color}`);
  const [red, green, blue] = channels.slice(1).map((channel) => {
    const share = Number(channel) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

test('the measure of contrast is right', () => {
  expect(contrast('rgb(0, 0, 0)', 'rgb(255, 255, 255)')).toBeCloseTo(21);
  expect(contrast('rgb(119, 119, 119)', 'rgb(255, 255, 255)')).toBeCloseTo(4.48, 2);
});

describe('timeline', () => {
  test.each(WIDTHS)('bars stand where the phases ask for, to scale, at %d px', async (width) => {
    const { page } = await visit('pass', width);
    const bars = await page.locator('.timeline .track').evaluateAll((tracks) =>
      tracks.map((track) => {
        const outer = track.getBoundingClientRect();
        const bar = track.querySelector('.bar')!.getBoundingClientRect();
        return { track: outer.width, left: bar.left - outer.left, width: bar.width };
      }),
    );
    const totalMs = Math.max(...pass.phases.map(({ endMs }) => endMs));
    expect(bars).toHaveLength(pass.phases.length);
    pass.phases.forEach(({ startMs, endMs }, index) => {
      const bar = bars[index]!;
      expect(Math.abs(bar.left - (startMs / totalMs) * bar.track)).toBeLessThan(0.5);
      expect(Math.abs(bar.width - ((endMs - startMs) / totalMs) * bar.track)).toBeLessThan(0.5);
    });
    expect(bars[0]!.track).toBeGreaterThan(200);
    await page.close();
  });

  test.each(WIDTHS)('of a full drill covers no label at %d px', async (width) => {
    const { page } = await visit('kindDrill', width);
    const boxes = await page.locator('.timeline .phase, .timeline .took').evaluateAll((all) =>
      all.map((one) => {
        const range = one.ownerDocument.createRange();
        range.selectNodeContents(one);
        const { left, right, top, bottom } =
          one.className === 'took' ? one.getBoundingClientRect() : range.getBoundingClientRect();
        return { left, right, top, bottom };
      }),
    );
    const overlapping = boxes.filter((a, index) =>
      boxes
        .slice(index + 1)
        .some(
          (b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1,
        ),
    );
    expect(boxes).toHaveLength(2 * kindDrill.phases.length);
    expect(overlapping).toEqual([]);
    await page.close();
  });

  test('the marks of the axis stand under their lines', async () => {
    const { page } = await visit('pass', 1280);
    const lines = await page
      .locator('.timeline li:first-child .grid')
      .evaluateAll((all) => all.map((line) => line.getBoundingClientRect().left));
    const labels = await page
      .locator('.axis text')
      .evaluateAll((all) =>
        all
          .map((text) => [text.textContent, text.getBoundingClientRect()] as const)
          .map(([label, box]) => ({ label, middle: box.left + box.width / 2 })),
      );
    expect(labels.map(({ label }) => label)).toEqual(['0', '2 s', '4 s', '6 s', '8 s']);
    labels.slice(1).forEach(({ middle }, index) => {
      expect(Math.abs(middle - lines[index + 1]!)).toBeLessThan(1.5);
    });
    await page.close();
  });
});

test('has landmarks, one first heading, and headers in every table', async () => {
  const { page } = await visit('fail', 1280);
  for (const role of ['banner', 'main', 'contentinfo'] as const) {
    expect(await page.getByRole(role).count()).toBe(1);
  }
  expect(await page.getByRole('heading', { level: 1 }).allInnerTexts()).toEqual(['FAIL']);
  expect(await page.getByRole('region').count()).toBeGreaterThanOrEqual(7);
  const bare = await page
    .locator('table')
    .evaluateAll((all) => all.filter((one) => !one.querySelector('thead th[scope=col]')));
  expect(bare).toEqual([]);
  await page.close();
});

test('details unfold without a script', async () => {
  const { page } = await visit('kindDrill', 1280);
  const line = page.getByText('argocd/legacy failed there as well');
  expect(await line.isVisible()).toBe(false);
  await page.getByText('9 lines of detail').click();
  expect(await line.isVisible()).toBe(true);
  await page.close();
});

test('statuses are told in words, not by colour alone', async () => {
  const { page } = await visit('fail', 1280);
  const shown = await page.locator('.pill').allInnerTexts();
  expect(shown.toSorted()).toEqual(fail.checks.map(({ status }) => status).toSorted());
  // What failed comes first.
  expect(shown[0]).toBe('fail');
  await page.close();
});

test('dark and light differ, and paper is white in both', async () => {
  const colours = [];
  for (const scheme of SCHEMES) {
    const { page } = await visit('pass', 1280, scheme);
    const body = () =>
      page
        .locator('body')
        .evaluate((one) => one.ownerDocument.defaultView!.getComputedStyle(one).backgroundColor);
    const screen = await body();
    await page.emulateMedia({ media: 'print', colorScheme: scheme });
    colours.push([screen, await body()]);
    const faint = (await textColors(page)).filter(
      ({ color, background }) => contrast(color, background) < 4.5,
    );
    expect(faint).toEqual([]);
    await page.close();
  }
  expect(colours).toEqual([
    ['rgb(243, 245, 247)', 'rgb(255, 255, 255)'],
    ['rgb(13, 19, 24)', 'rgb(255, 255, 255)'],
  ]);
});

test('takes its pictures: light, dark, phone and paper', async () => {
  const pictures = [
    ['light', 1280, 'light'],
    ['dark', 1280, 'dark'],
    ['phone', 360, 'light'],
  ] as const;
  for (const [label, width, scheme] of pictures) {
    const { page } = await visit('pass', width, scheme);
    const path = join(dir, `pass-${label}.png`);
    await page.screenshot({ path, fullPage: true });
    expect(statSync(path).size).toBeGreaterThan(20_000);
    await page.close();
  }
  const { page } = await visit('pass', 1280);
  const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: true });
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  await page.close();
});

test.each(Object.entries(samples))(
  '%s: the JUnit file is XML, with the numbers it states',
  async (_name, report) => {
    const page = await browser.newPage();
    const xml = JSON.stringify(renderJUnit(report));
    const parsed = await page.evaluate<{ error: string | null; stated: number[]; found: number[] }>(`(() => {
    const doc = new DOMParser().parseFromString(${xml}, 'application/xml');
    const count = (selector) => doc.querySelectorAll(selector).length;
    return {
      error: doc.querySelector('parsererror')?.textContent ?? null,
      stated: ['tests', 'failures', 'errors'].map((name) => Number(doc.documentElement.getAttribute(name))),
      found: ['testcase', 'testcase > failure', 'testcase > error'].map(count),
    };
  })()`);
    expect(parsed.error).toBeNull();
    expect(parsed.found).toEqual(parsed.stated);
    await page.close();
  },
);

test('a missing Chromium fails with the way to install it', () => {
  expect(() => chromiumPath({ CHROMIUM: '/nowhere/chromium' })).toThrow(
    /\/nowhere\/chromium is no program that can be run\. Install Chromium \(apt-get .*\), or name it in CHROMIUM\./,
  );
});
