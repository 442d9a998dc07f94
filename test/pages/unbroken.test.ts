/** Days are kept in one piece, and only where people read them. */
import t from 'tap';
import { unbroken } from '#pages/unbroken';

t.test('a line does not end within a day or an academic year', async (t) => {
  const kept = (text: string) => `<span class="day">${text}</span>`;
  t.equal(unbroken('<p>from 2023-08-16 on</p>'), `<p>from ${kept('2023-08-16')} on</p>`);
  t.equal(unbroken('<h1>Academic Year 2023-2024</h1>'), `<h1>Academic Year ${kept('2023-2024')}</h1>`);
});

t.test('what is no text of the page stays as it is', async (t) => {
  for (const html of [
    '<a href="/x/2023-08-16">then</a>',
    '<svg><title>2023-08-16</title><text>2023-08-16</text></svg>',
    '<textarea>"from": "2023-08-16"</textarea>',
    '<select><option>2023-2024</option></select>',
    '<p>12023-08-160</p>',
  ])
    t.equal(unbroken(html), html);
});
