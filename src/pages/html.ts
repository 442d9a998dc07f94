/** HTML from tagged templates: every value is escaped, but what stands behind `!`, which is HTML already. */
export { html } from 'ghtml';
