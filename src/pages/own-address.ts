/** Where a page may send a browser: to a page of this service, and of no other. */
export const ownAddress = (to: unknown): string => (typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/');
