/** A process that reads files and splits every line of them into its fields: what everything from files is held to. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf, textOf } from '#intake/lines';

const dir = process.argv[2] as string;
let fields = 0;
for (const name of readdirSync(dir))
  for await (const block of blocksOf(0, join(dir, name)))
    for (const line of textOf(block.bytes).split('\n')) fields += line.split('^').length;
process.stdout.write(`${fields}\n`);
