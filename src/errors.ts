/** The exit codes of every mode. docs/exit-codes.md explains them one by one. */
export const EXIT = {
  pass: 0,
  unexpected: 1,
  invalidInput: 2,
  fail: 3,
  infra: 4,
  cannotOpen: 5,
  objectiveMissed: 6,
  partial: 7,
  cancelled: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The object that an error is about, for its place in a file to be found. */
export interface About {
  kind: string;
  name: string;
  namespace?: string | undefined;
  /** Keys that lead to the offending field, such as `['spec', 'replicas']`. */
  field?: readonly string[] | undefined;
}

/** An error whose message a user can act on: what happened, to which object, and the way out. */
export class DrError extends Error {
  override readonly name = 'DrError';

  /** What in the user's files it is about: an object, or a place. */
  readonly about: About | undefined;
  readonly place: { file: string; line?: number | undefined } | undefined;

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options: { cause?: unknown; about?: About; place?: DrError['place'] } = {},
  ) {
    super(message, options);
    this.about = options.about;
    this.place = options.place;
  }
}

/** An input is wrong, or names something that is not there. Nothing has been touched. */
export const invalidInput = (message: string, cause?: unknown) =>
  new DrError(EXIT.invalidInput, message, { cause });

/** The backup does not restore, or would not. */
export const failed = (message: string, cause?: unknown) => new DrError(EXIT.fail, message, { cause });

/** The surroundings failed; nothing can be said about the backup. */
export const infraError = (message: string, cause?: unknown) => new DrError(EXIT.infra, message, { cause });

/** The backup cannot be opened: key, integrity or format. */
export const cannotOpen = (message: string, cause?: unknown) =>
  new DrError(EXIT.cannotOpen, message, { cause });

/** The run was stopped from outside. */
export const cancelled = (message = 'cancelled') => new DrError(EXIT.cancelled, message);

/** The message of anything thrown, with the messages of its causes behind it. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : messageOf(error.cause);
  return cause && !error.message.includes(cause) ? `${error.message} (${cause})` : error.message;
}

/**
 * The surroundings went away in the middle of something: an infrastructure error after which one more try in a new
 * cluster makes sense.
 */
export class CutOff extends DrError {
  constructor(message: string, cause?: unknown) {
    super(EXIT.infra, message, { cause });
  }
}
