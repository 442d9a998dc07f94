/**
 * Bytes: gzip whatever the name, encodings, and files that are something else (records.md section 1). What cannot be
 * read is refused with a sentence.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import t from 'tap';
import { blocksOf, eachLine, textOf, UnreadableInputError } from '#intake/lines';
import { folder } from '../support/folders.ts';
import { codes, file, line, send, sendPaths } from './uploads.ts';

const text = file(line('SENR'), line('SENR', { ssid: '9900000002', studentLegalLastName: 'Núñez' }));

t.test('gzip is known by its content, not by its name', async (t) => {
  const plain = await send(t, text);
  t.equal(plain.rows.length, 2);
  for (const name of ['SENR.txt.gz', 'SENR.txt', 'SENR'])
    t.equal((await send(t, { [name]: gzipSync(text) })).text, plain.text, `packed, called ${name}`);
  t.equal((await send(t, { 'SENR.gz': text })).text, plain.text, 'not packed, called SENR.gz');
  t.equal((await send(t, gzipSync(`\ufeff${text}`))).text, plain.text, 'packed with its BOM');
  const twice = file(line('SENR', { ssid: '9900000003' }));
  t.equal(
    (await send(t, Buffer.concat([gzipSync(text), gzipSync(twice)]))).rows.length,
    3,
    'two packed files one behind the other, as `cat` makes them',
  );
  t.equal((await send(t, gzipSync(''))).tally.linesRead, 0, 'an empty file, packed');
});

t.test('a damaged gzip file is refused by name', async (t) => {
  const packed = gzipSync(text.repeat(100));
  const damaged = Buffer.from(packed);
  damaged.fill(0xff, 40, 60);
  const ways: Record<string, Uint8Array> = {
    'cut short': packed.subarray(0, packed.length >> 1),
    'cut before its checksum': packed.subarray(0, packed.length - 8),
    'damaged in the middle': damaged,
    'only the two first bytes': packed.subarray(0, 2),
  };
  for (const [way, bytes] of Object.entries(ways))
    await t.rejects(
      send(t, { 'upload.txt': bytes }),
      {
        name: 'UnreadableInputError',
        message: '"upload.txt" begins like a gzip file, but cannot be decompressed; send it again',
      },
      way,
    );
});

t.test('whoever stops reading lets go of the file', async (t) => {
  if (process.platform !== 'linux') return t.pass('open files are listed by Linux only');
  const path = join(folder(t), 'upload.txt');
  // Several times what is read ahead, so that there is more to come when reading stops.
  const packed = gzipSync(randomBytes(8_000_000).toString('hex').replaceAll('0', '\n'), { level: 1 });
  const isOpen = (): boolean =>
    readdirSync('/proc/self/fd').some((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false;
      }
    });
  const isClosed = async (): Promise<boolean> => {
    for (let i = 0; i < 10_000 && isOpen(); i++) await new Promise((resolve) => setImmediate(resolve));
    return !isOpen();
  };
  writeFileSync(path, packed);
  for await (const block of blocksOf(0, path)) {
    t.ok(block.bytes.length > 0 && isOpen(), 'it is open after the first block');
    break;
  }
  t.ok(await isClosed(), 'whoever has seen enough');
  writeFileSync(path, packed.fill(0xff, 100_000, 100_100));
  await t.rejects(Array.fromAsync(blocksOf(0, path)), UnreadableInputError);
  t.ok(await isClosed(), 'a damaged file');
});

t.test('UTF-8 is expected, Windows-1252 understood on request', async (t) => {
  const name = (row?: readonly string[]): string | undefined => row?.[11];
  const latin = Buffer.from(text, 'latin1');
  t.equal(name((await send(t, text)).rows[1]), 'Núñez');
  t.equal(name((await send(t, latin, { encoding: 'windows-1252' })).rows[1]), 'Núñez');
  const curly = Buffer.from(file(line('SENR', { studentLegalLastName: 'O?Hara' })).replace('?', '\x92'), 'latin1');
  t.equal(
    name((await send(t, curly, { encoding: 'windows-1252' })).rows[0]),
    'O’Hara',
    'not Latin 1: 0x92 is a quotation mark',
  );
});

t.test('bytes that are not text in the encoding are refused, not changed in silence', async (t) => {
  const { rows, problems, tally } = await send(t, Buffer.from(text, 'latin1'));
  t.match(tally.counts, { added: 1, rejected: 1 });
  t.equal(rows.length, 1);
  t.match(problems, [
    {
      line: 2,
      code: 'FRMT0004',
      field: '1.12',
      fieldName: 'Student Legal Last Name',
      severity: 'reject',
      message: /save the file as UTF-8/,
    },
  ]);
  const undefinedByte = Buffer.from(file(line('SENR', { studentLegalLastName: 'A?B' })).replace('?', '\x81'), 'latin1');
  t.same(
    codes(await send(t, undefinedByte, { encoding: 'windows-1252' })),
    ['1 FRMT0004'],
    'a byte that Windows-1252 has no character for',
  );
  t.ok(
    codes(await send(t, Buffer.concat([Buffer.from(line('SENR')), Buffer.from([0xc3])]))).includes('1 FRMT0004'),
    'half a character at the end of the file',
  );
});

t.test('control characters are refused wherever they stand', async (t) => {
  for (const [control, what] of [
    ['\t', 'a tab'],
    ['\u0000', 'a zero byte'],
    ['\u001b[31m', 'an escape'],
    ['\u0085', 'a C1 control'],
    ['\u007f', 'DEL'],
    ['\r', 'a lone CR'],
  ] as const) {
    t.same(codes(await send(t, file(line('SENR', { studentLegalFirstName: `A${control}B` })))), ['1 FRMT0004'], what);
    t.same(
      codes(await send(t, file(line('SENR', { graduationExemptionIndicator: '', localRecordID: control })))),
      ['1 FRMT0004'],
      `${what} alone in a field`,
    );
  }
  t.same(
    (await send(t, file(line('SENR', { localRecordID: 'Zoë 李 😀' })))).problems,
    [],
    'letters of any script are none',
  );
});

t.test('an enormous line does not come into memory', async (t) => {
  const path = join(folder(t), 'zeros.gz');
  const megabyte = Buffer.alloc(1 << 20, 'x');
  const packed = createGzip({ level: 1 });
  await pipeline(Readable.from(Array.from({ length: 90 }, () => megabyte)), packed, createWriteStream(path));
  const before = process.memoryUsage().rss;
  let most = 0;
  await t.rejects(
    sendPaths([{ name: 'zeros.gz', path }]).finally(() => {
      most = process.memoryUsage().rss - before;
    }),
    { name: 'ForeignFileError', message: /"zeros.gz" is not a caret-delimited file/ },
  );
  t.ok(most < 60 * 2 ** 20, `90 MB unpacked, but ${Math.round(most / 2 ** 20)} MB more in memory`);
});

t.test('a gzip file that unpacks without end is refused', async (t) => {
  const path = join(folder(t), 'SENR.txt.gz');
  const megabyte = file(line('SENR')).repeat(10_000);
  await pipeline(Readable.from(Array.from({ length: 120 }, () => megabyte)), createGzip(), createWriteStream(path));
  await t.rejects(
    (async () => {
      for await (const _ of blocksOf(0, path));
    })(),
    {
      name: 'UnreadableInputError',
      message: '"SENR.txt.gz" is more than 100 times as large when decompressed; is it a caret-delimited text file?',
    },
  );
});

t.test('a large file comes as blocks of whole lines, numbered from 1', async (t) => {
  const path = join(folder(t), 'lines.txt');
  const lines = Array.from({ length: 60_000 }, (_, i) => `${i + 1}^${'x'.repeat(i % 150)}`);
  writeFileSync(path, `\ufeff${lines.join('\n')}`);
  let blocks = 0;
  const read: string[] = [];
  for await (const { file: index, firstLine, bytes } of blocksOf(3, path)) {
    blocks++;
    t.equal(index, 3);
    t.equal(firstLine, read.length + 1);
    const blockText = textOf(bytes);
    eachLine(blockText, (from, to) => read.push(blockText.slice(from, to)));
  }
  t.ok(blocks > 1, `${blocks} blocks`);
  t.same(read, lines);
});
