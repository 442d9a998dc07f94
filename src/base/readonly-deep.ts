/** A shape that nobody may write to, all the way down: types that are made from schemas are writable. */
export type ReadonlyDeep<T> = T extends object ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> } : T;
