/**
 * What is not a caret file is said to be that, once, by name, with what to do, and nothing of it is loaded (records.md
 * section 1); what is one is never taken for another kind.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { formOf } from '#intake/file-form';
import { RecordTypes } from '#intake/record-types';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { fields, file, line, load, odsLine, send, storedRecords } from './uploads.ts';

const types = new RecordTypes(shipped);
const RECORDS = [line('SENR'), line('SENR', { ssid: '9900000002' })];
const TEXT = file(...RECORDS);
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const bigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const with_ = (delimiter: string): string => file(...RECORDS.map((one) => one.replaceAll('^', delimiter)));
const quoted = (delimiter: string): string =>
  file(...[fields('SENR'), fields('SINF')].map((values) => values.map((value) => `"${value}"`).join(delimiter)));

/** An archive as `zip -0` makes it: the bytes of its file stand in it as they are. */
function zipped(name: string, text: string): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt32LE(text.length, 18);
  header.writeUInt32LE(text.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, latin1(name), latin1(`\r\n${text}`), latin1('PK\x01\x02'), Buffer.alloc(42)]);
}

function tarred(text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write('SENR.txt', 'latin1');
  header.write('ustar', 257, 'latin1');
  return Buffer.concat([header, latin1(`\n${text}`), Buffer.alloc(512)]);
}

/** What is no caret file, and what is said of it. */
const FOREIGN: Readonly<Record<string, readonly [Uint8Array | string, RegExp]>> = {
  'UTF-16, little end first': [Buffer.from(`\ufeff${TEXT}`, 'utf16le'), /UTF-16/],
  'UTF-16, big end first': [bigEndian(`\ufeff${TEXT}`), /UTF-16/],
  'UTF-16 without a mark': [Buffer.from(TEXT, 'utf16le'), /UTF-16/],
  'UTF-16, big end first, without a mark': [bigEndian(TEXT), /UTF-16/],
  'UTF-16, packed': [gzipSync(Buffer.from(`\ufeff${TEXT}`, 'utf16le')), /UTF-16/],
  'UTF-32': [Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), Buffer.alloc(400, 'S\0\0\0')]), /UTF-32/],
  'an uncompressed zip that holds records': [zipped('SENR.txt', TEXT), /zip archive/],
  'a workbook of today': [zipped('[Content_Types].xml', TEXT), /workbook/],
  'a workbook of old': [latin1(`\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\r\n${TEXT}`), /workbook/],
  'an uncompressed tar that holds records': [tarred(TEXT), /archive/],
  'an archive of 7-Zip': [latin1(`7z\xbc\xaf\x27\x1c\r\n${TEXT}`), /archive/],
  'gzip within gzip': [gzipSync(gzipSync(TEXT)), /gzip twice/],
  'a picture': [latin1('\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x01\x02\x08\x02'), /binary data/],
  'binary data with a record in it': [Buffer.concat([Buffer.alloc(900), latin1(`\n${TEXT}`)]), /binary data/],
  'zero bytes between records': [Buffer.concat([latin1(TEXT), Buffer.alloc(64), latin1(TEXT)]), /binary data/],
  tabs: [with_('\t'), /tabs between its fields/],
  commas: [with_(','), /commas between its fields/],
  bars: [with_('|'), /bars \(\|\) between its fields/],
  semicolons: [with_(';'), /semicolons between its fields/],
  tildes: [with_('~'), /the character ~ between its fields/],
  'commas under a line of names': [`Record Type Code,SSID,Reporting LEA\r\n${with_(',')}`, /commas between its fields/],
  'commas and quotation marks': [quoted(','), /commas between its fields/],
  'tabs in an ODS extract': [odsLine('SENR', {}, '20230816', '20230816').replaceAll('^', '\t'), /tabs between/],
  'CR only': [RECORDS.join('\r'), /end in CR only/],
  'CR only, and LF at the end': [`${RECORDS.join('\r')}\n`, /end in CR only/],
  'CR only, many lines': [`${RECORDS[0]}\r`.repeat(20_000), /end in CR only/],
  'CR only under a line of names': [`Record Type Code^SSID^Reporting LEA\r${RECORDS[0]}\r`, /end in CR only/],
  'quotation marks around every value': [quoted('^'), /quotation marks/],
  'quotation marks around every line': [file(...RECORDS.map((one) => `"${one}"`)), /quotation marks/],
  'hello world': ['hello world', /none of its lines begins with a record type/],
  'a page': ['SENR is a record type.\nSo is SINF; see SELA.\n', /none of its lines begins with a record type/],
  'small letters': [TEXT.toLowerCase(), /none of its lines begins with a record type/],
  'no record type': [file(...RECORDS.map((one) => one.slice(5))), /none of its lines begins with a record type/],
  'one line without end': ['x'.repeat(5_000_000), /none of its lines begins with a record type/],
  'a manifest': ['{\n  "format": 1,\n  "program": {\n    "name": "cenr",', /this program wrote it/],
};

t.test('another kind of file is named, and nothing of it is loaded', async (t) => {
  for (const [what, [content, says]] of Object.entries(FOREIGN)) {
    const refusal = await send(t, { 'sent file.txt': content, 'b.txt': TEXT }).catch((error: Error) => error);
    t.match(refusal, { name: 'ForeignFileError', message: says }, what);
    const { message } = refusal as Error;
    t.match(message, /^"sent file.txt" is not a caret-delimited file: .*\. .*\. Nothing was loaded\.$/, what);
    t.equal(message.split('sent file.txt').length, 2, `${what}: said once`);
    t.notMatch(message, /9900000001|Sample|2023/, `${what}: nothing of its lines is shown`);
  }
  const dir = folder(t);
  await t.rejects(load(t, dir, { 'a.zip': zipped('a', TEXT), 'b.csv': with_(','), 'c.txt': TEXT }), {
    name: 'ForeignFileError',
    message: /^"a.zip" is .* "b.csv" is .* Nothing was loaded\.$/,
  });
  t.same(await storedRecords(dir), [], 'nor of the files beside it');
});

t.test('what is a caret file is one, whatever is wrong with its lines', async (t) => {
  const garbage = 'x,y\r\n'.repeat(200_000);
  const files: Readonly<Record<string, Uint8Array | string>> = {
    nothing: '',
    'line ends alone': '\r\n \r\n',
    'names alone': 'Record Type Code^SSID^Reporting LEA\r\n',
    'a record without a caret': 'SENR',
    'a record type that is not used': 'SIAD^^^20240101',
    'a record behind a megabyte of others': garbage + TEXT,
    'a zero byte in a value': TEXT.replace('Sample', 'Sam\0ple'),
    'a lone CR in a value': line('SENR', { studentLegalFirstName: 'A\rB' }),
    'CR behind the only line': `${RECORDS[0]}\r`,
    'tabs in values': TEXT.replaceAll('Sample', 'Sam\tple'),
    'PK in a value': TEXT.replaceAll('Sample', 'PK\u0003\u0004'),
    'Windows-1252': latin1(TEXT.replaceAll('Sample', 'Núñez')),
    'many control characters': file(...Array.from({ length: 9 }, () => `${RECORDS[0]}\u0007\u0001\u0002`)),
    packed: gzipSync(TEXT),
  };
  for (const [what, content] of Object.entries(files)) {
    const path = join(folder(t), 'a.txt');
    writeFileSync(path, content);
    t.same(await formOf(path, types), { kind: 'records' }, what);
  }
});
