/** JSON on one line as people write it in rule files. */

/** As people write it: a blank behind each colon and comma. */
export const spaced = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(spaced).join(', ')} ]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, of]) => `${JSON.stringify(key)}: ${spaced(of)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
};
