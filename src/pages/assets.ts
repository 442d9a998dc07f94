/** Style and modules, as they lie in `assets`; an address changes with what it is the address of. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface Asset {
  readonly bytes: Buffer;
  readonly type: string;
  readonly version: string;
}

const DIGITS = 12;
const DIR = join(import.meta.dirname, 'assets');

/** By name. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map(
  readdirSync(DIR).map((name) => {
    const bytes = readFileSync(join(DIR, name));
    const version = createHash('sha256').update(bytes).digest('hex').slice(0, DIGITS);
    return [name, { bytes, type: TYPES[extname(name)] as string, version }];
  }),
);

/** Where a page finds an asset. */
export const assetPath = (name: string): string => `/assets/${ASSETS.get(name)?.version}/${name}`;
