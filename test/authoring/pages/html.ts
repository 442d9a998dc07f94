/** A strict look at a page of HTML: what is wrong with its tags, ids and links. */

const VOID = new Set(['meta']);

export function problemsOf(page: string): string[] {
  const problems: string[] = [];
  const open: string[] = [];
  const ids = new Set<string>();
  const links: string[] = [];
  const body = page.replace(/^<!DOCTYPE html>\n/, '').replace(/<style>[^<]*<\/style>/, '');
  const tag = /<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*)>/g;
  for (const [, end, name = '', attributes = ''] of body.matchAll(tag)) {
    if (end) {
      const last = open.pop();
      if (last !== name) problems.push(`</${name}> ends <${last}>`);
      continue;
    }
    if (!VOID.has(name)) open.push(name);
    const id = / id="([^"]*)"/.exec(attributes)?.[1];
    if (id !== undefined && ids.has(id)) problems.push(`the id "${id}" is given twice`);
    if (id !== undefined) ids.add(id);
    const address = / href="([^"]*)"/.exec(attributes)?.[1];
    if (address !== undefined) links.push(address);
  }
  if (open.length) problems.push(`left open: ${open.join(', ')}`);
  if (/[<>]/.test(body.replaceAll(tag, '')))
    problems.push(`a stray angle bracket: ${/.{0,20}[<>].{0,20}/.exec(body.replaceAll(tag, ''))?.[0]}`);
  if (/&(?!(amp|lt|gt|quot|#39);)/.test(body)) problems.push('a stray ampersand');
  for (const link of links) if (!ids.has(link.slice(1))) problems.push(`${link} leads nowhere`);
  return problems;
}
