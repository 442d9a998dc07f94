/** Writes the error catalogue to docs/errors.md: `node scripts/docs/errors-page.ts`. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ERROR_CODES, ERRORS, RETIRED } from '#service/http/errors';

export const ERRORS_FILE = join(resolve(import.meta.dirname, '../..'), 'docs', 'errors.md');

const HEAD = `# Error codes of the REST service

<!-- Printed from src/service/http/errors.ts by scripts/docs/errors-page.ts; edit there. -->

Every refusal is problem details (RFC 9457, \`application/problem+json\`): \`title\`, \`status\`, \`detail\`, \`code\`, \`solve\`, \`requestId\`, and \`errors\` where several things
are wrong: each with a \`message\` and its place, a JSON \`pointer\` into the body, a query \`parameter\` or a \`header\`. \`type\` is the address of the explanation
(\`GET /errors/CODE\`). Codes are never given another meaning.
`;

/** The page as text. */
export function errorsText(): string {
  const entries = ERROR_CODES.map((code) => {
    const { status, title, says, solve } = ERRORS[code];
    return `## ${code}\n\n**${status}** ${title}.\n\n${says}\n\n*How to solve it:* ${solve}\n`;
  });
  const retired =
    RETIRED.length === 0 ? [] : [`## Retired codes\n\n${RETIRED.map((code) => `* ${code}`).join('\n')}\n`];
  return [HEAD, ...entries, ...retired].join('\n');
}

if (import.meta.main) writeFileSync(ERRORS_FILE, errorsText());
