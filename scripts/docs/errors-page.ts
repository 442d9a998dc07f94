/** Writes the error catalogue to docs/errors.md: `node scripts/docs/errors-page.ts`. */

import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { heading, list, paragraph } from '#base/page/blocks';
import { asMarkdown } from '#base/page/markdown';
import { ERROR_CODES, ERRORS, RETIRED } from '#service/http/errors';
import { wrapped } from './wrapped.ts';

export const ERRORS_FILE = join(resolve(import.meta.dirname, '../..'), 'docs', 'errors.md');

const INTRODUCTION = `The service refuses a request with problem details (RFC 9457, \`application/problem+json\`): \`title\`, \`status\`, \`detail\`, \`code\`, \`fix\` and \`requestId\`. If several things
are wrong, \`errors\` lists them, each with a \`message\` and a JSON \`pointer\` into the body, a query \`parameter\` or a \`header\`. \`type\` is the address of the explanation
(\`GET /errors/CODE\`). A code never changes its meaning.`;

/** The page as text. */
export const errorsText = (): string =>
  wrapped(
    asMarkdown([
      heading(1, 'Error codes of the REST service'),
      paragraph('<!-- Printed from src/service/http/errors.ts by scripts/docs/errors-page.ts; edit there. -->'),
      paragraph(INTRODUCTION),
      ...ERROR_CODES.flatMap((code) => {
        const { status, title, says, fix } = ERRORS[code];
        return [
          heading(2, code),
          paragraph(`**${status}** ${title}.`),
          paragraph(says),
          paragraph(`*How to fix it:* ${fix}`),
        ];
      }),
      ...(RETIRED.length === 0 ? [] : [heading(2, 'Retired codes'), list(RETIRED)]),
    ]),
  );

if (import.meta.main) writeFileSync(ERRORS_FILE, errorsText());
