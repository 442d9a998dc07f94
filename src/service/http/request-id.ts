/** The id of a request that its caller gave, for logs of both sides. */

const FORM = /^[\w.:-]{1,64}$/;
/** An SSID, or anything that could be one: logs name no students. */
const LIKE_AN_SSID = /\d{10}/;

/** The id, when it is one that a log may hold; `undefined` for any other, which is ignored. */
export const requestIdFrom = (sent: string | string[] | undefined): string | undefined =>
  typeof sent === 'string' && FORM.test(sent) && !LIKE_AN_SSID.test(sent) ? sent : undefined;
