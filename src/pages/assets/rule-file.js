// Says while somebody types whether the text of a rule file can be read as JSON, and on which line it cannot.
const area = document.querySelector('#text');
const live = document.querySelector('[data-live]');
const PAUSE_MS = 300;
let waiting;
const lineAt = (text, position) => text.slice(0, position).split('\n').length;
const look = () => {
  try {
    JSON.parse(area.value);
    live.textContent = 'The text can be read as JSON. “Keep and check it” says whether the rules can be used.';
  } catch ({ message }) {
    const [, position] = /position (\d+)/.exec(message) ?? [];
    const place = position === undefined ? 'at its end' : `on line ${lineAt(area.value, Number(position))}`;
    live.textContent = `The text cannot be read as JSON ${place}. A comma or a quotation mark may be missing or too many.`;
  }
};
area?.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, PAUSE_MS);
});
