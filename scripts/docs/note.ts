/** What stands on top of every generated file. */
export const noteText = (source: string): string =>
  `Generated from ${source} by \`npm run generate\`. Do not edit here: edit there, and generate again.`;

/** The line on top of every generated page. */
export const generatedNote = (source: string): string => `<!-- ${noteText(source)} -->`;
