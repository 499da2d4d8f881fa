/**
 * What the runner passes over while it searches a line: it compares as a culture does, which ignores control and
 * format characters (https://learn.microsoft.com/dotnet/core/extensions/globalization-icu).
 */
const IGNORED = String.raw`[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]`;

/** `##[command]` anywhere in a line; `##vso[` and `##teamcity[` are other runners' words for the same. */
const ANYWHERE = new RegExp(`#(?=${IGNORED}*#${IGNORED}*[A-Za-z]*${IGNORED}*\\[)`, 'gu');

/** `::command` at a line's start, behind white space. */
const AT_START = new RegExp(`^(?:\\s|${IGNORED})*:(?=${IGNORED}*:)`, 'u');

/**
 * A line of text that no runner takes for a command: what would make it one gets a space within and stays readable.
 * What a runner looks for is in https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs.
 */
export const harmless = (line: string): string => line.replace(ANYWHERE, '# ').replace(AT_START, '$& ');

/** The same for text of several lines; a carriage return ends a line for the runner too. */
export const harmlessText = (text: string): string => text.replace(/[^\r\n]+/g, harmless);
