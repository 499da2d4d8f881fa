const SECOND = 1000;
const DAY_MINUTES = 24 * 60;

/** A duration in milliseconds as a person reads it: `840 ms`, `4.31 s`, `43.1 s`, `2 min 46 s`, `3 h 05 min`, `2 d 4 h`. */
export function formatMs(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / SECOND).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / SECOND).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < DAY_MINUTES) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A duration in seconds, or a dash where there is none. */
export function formatSeconds(seconds: number | null): string {
  return seconds === null ? '–' : formatMs(seconds * SECOND);
}

/** A whole number with thousands separated: `5,000`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A size in bytes: `812 B`, `48.2 KiB`, `1.50 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(2)} MiB`;
}

/** An RFC 3339 time as `2026-03-01 12:34:56 UTC`; text that is no time comes back as it is. */
export function formatTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `1 check`, `14 checks`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/**
 * Text that may be shown anywhere: control characters (terminal escapes, bytes that XML forbids), bidirectional
 * overrides and lone surrogates become U+FFFD. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.toWellFormed().replace(UNPRINTABLE, '\u{FFFD}');
}

const UNPRINTABLE = /(?![\t\n])[\p{Cc}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{FFFE}\u{FFFF}]/gu;

/** Printable text on one line. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim());
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
