/** Texts and numbers gathered, as bytes and as a text. */
import fc from 'fast-check';
import t from 'tap';
import { ByteGatherer, TextGatherer } from '#base/byte-builder';

const texts = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('', '^', 'Núñez', 'Łukasz', '\u{1f600}', 'x'.repeat(40), 'x'.repeat(41), `${'x'.repeat(39)}é`),
);
const numbers = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(1_100),
  fc.constantFrom(0, 9, 10, 99, 100, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER),
);

t.test('what was added stands there, in its order', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(texts, numbers)), (parts) => {
      const [bytes, text] = [new ByteGatherer(1), new TextGatherer()];
      for (const part of parts)
        for (const to of [bytes, text]) typeof part === 'number' ? to.addNumber(part) : to.add(part);
      t.equal(text.text, parts.join(''));
      t.equal(bytes.text(), parts.join(''));
      return true;
    }),
  );
});

t.test('what was cut off is gone, and what is seen is what is there', async (t) => {
  const bytes = new ByteGatherer(4);
  bytes.add('abcdef');
  bytes.cut(2);
  bytes.addNumber(17);
  t.equal(bytes.bytes().toString(), 'ab17');
  t.equal(bytes.bytes(2, 3).toString(), '1');
  bytes.cut(100);
  t.equal(bytes.text(), 'ab17', 'no more than there is');
});
