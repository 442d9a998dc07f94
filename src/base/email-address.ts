/** One address and nothing else: no name, no list, no comment, no line break, nothing a mail program could read as more. */
const FORM = /^[A-Za-z0-9_.+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;
const MOST = 254;

export const isEmailAddress = (text: string): boolean => text.length <= MOST && FORM.test(text);
