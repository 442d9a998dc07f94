// Helps whoever writes a rule file: suggests what may stand at a place, and marks what cannot be read so far.
const area = document.querySelector('#text');
const live = document.querySelector('[data-live]');
const list = document.querySelector('[data-suggestions]');
const marks = document.querySelector('[data-marks]');
const told = document.querySelector('[data-told]');
const SUGGEST_MS = 150;
const CHECK_MS = 700;
const PAD = 8;
const token = area?.form?.elements.namedItem('token')?.value;
let shown = [];
let chosen = -1;
let place = { from: 0, to: 0 };
let asked = 0;

const ask = async (extra) => {
  const body = new URLSearchParams({ token, text: area.value, ...extra });
  const answer = await fetch(area.dataset.suggest, { method: 'POST', body });
  return answer.ok ? answer.json() : undefined;
};

/** Lines are not wrapped and letters are equally wide, so that a place follows from its line and column. */
const sizes = () => {
  const style = getComputedStyle(area);
  const context = document.createElement('canvas').getContext('2d');
  context.font = `${style.fontSize} ${style.fontFamily}`;
  return { height: Number.parseFloat(style.lineHeight), width: context.measureText('0').width };
};
const lineAndColumn = (at) => {
  const before = area.value.slice(0, at).split('\n');
  return [before.length - 1, before.at(-1).length];
};

const close = () => {
  list.hidden = true;
  shown = [];
  chosen = -1;
  area.removeAttribute('aria-activedescendant');
};

const choose = (next) => {
  chosen = (next + shown.length) % shown.length;
  for (const [i, option] of [...list.children].entries()) option.setAttribute('aria-selected', String(i === chosen));
  const option = list.children[chosen];
  area.setAttribute('aria-activedescendant', option.id);
  list.scrollTop = Math.max(0, option.offsetTop + option.offsetHeight - list.clientHeight);
};

const take = (i) => {
  const { text } = shown[i];
  area.setRangeText(text, place.from, place.to, 'end');
  close();
  area.focus();
  area.dispatchEvent(new Event('input'));
};

const show = ({ from, to, suggestions }) => {
  place = { from, to };
  shown = suggestions;
  if (shown.length === 0) return close();
  list.replaceChildren(
    ...shown.map(({ label, says }, i) => {
      const option = document.createElement('li');
      option.id = `suggestion-${i}`;
      option.setAttribute('role', 'option');
      const name = document.createElement('code');
      name.textContent = label;
      option.append(name, ` ${says}`);
      option.addEventListener('mousedown', (event) => {
        event.preventDefault();
        take(i);
      });
      return option;
    }),
  );
  const { height, width } = sizes();
  const [line, column] = lineAndColumn(from);
  list.hidden = false;
  list.style.top = `${area.offsetTop + PAD + (line + 1) * height - area.scrollTop}px`;
  const room = area.offsetLeft + area.clientWidth - list.offsetWidth;
  list.style.left = `${Math.max(0, Math.min(room, area.offsetLeft + PAD + column * width - area.scrollLeft))}px`;
  told.textContent = `${shown.length} suggestions. Arrow keys choose, Enter writes, Escape closes.`;
  choose(0);
};

const suggest = async () => {
  asked += 1;
  const mine = asked;
  const answer = await ask({ at: String(area.selectionStart) });
  // An answer to what was written before is of no use.
  if (answer && mine === asked && document.activeElement === area) show(answer);
};

const mark = (findings) => {
  const { height } = sizes();
  marks.replaceChildren(
    ...findings.map(({ line }) => {
      const band = document.createElement('div');
      band.style.top = `${PAD + (line - 1) * height}px`;
      band.style.height = `${height}px`;
      return band;
    }),
  );
  follow();
};
const follow = () => {
  marks.style.transform = `translateY(${-area.scrollTop}px)`;
};

/** Puts the cursor to a place, and the place into sight. */
const goTo = (line, column) => {
  const lines = area.value.split('\n');
  const at = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0) + column - 1;
  area.focus();
  area.setSelectionRange(at, at);
  area.scrollTop = Math.max(0, (line - 4) * sizes().height);
};

const check = async () => {
  const answer = await ask({ check: 'yes' });
  if (!answer) return;
  const { findings, elsewhere } = answer;
  mark(findings);
  area.setAttribute('aria-invalid', String(findings.length > 0));
  const others = elsewhere > 0 ? ` Other files: ${elsewhere} more.` : '';
  if (findings.length === 0) {
    live.textContent = `${elsewhere > 0 ? 'Nothing is wrong with this file by itself.' : 'The rules can be loaded with this text.'}${others}`;
    return;
  }
  const items = findings.map(({ line, column, message }) => {
    const item = document.createElement('li');
    const go = document.createElement('button');
    go.type = 'button';
    go.textContent = `Line ${line}`;
    go.addEventListener('click', () => goTo(line, column));
    item.append(go, ` ${message}`);
    return item;
  });
  const found = document.createElement('ul');
  found.append(...items);
  live.replaceChildren(`This text cannot be used yet.${others}`, found);
};

const KEYS = {
  ArrowDown: () => choose(chosen + 1),
  ArrowUp: () => choose(chosen - 1),
  Enter: () => take(chosen),
  Tab: () => take(chosen),
  Escape: close,
};

let soon;
let later;
area?.addEventListener('input', (event) => {
  clearTimeout(soon);
  clearTimeout(later);
  later = setTimeout(check, CHECK_MS);
  if (/^["\w$.]$/.test(event.data ?? '')) soon = setTimeout(suggest, SUGGEST_MS);
  else close();
});
area?.addEventListener('keydown', (event) => {
  if (event.ctrlKey && event.code === 'Space') {
    event.preventDefault();
    suggest();
  } else if (!list.hidden && KEYS[event.key] && !event.ctrlKey && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    KEYS[event.key]();
  }
});
area?.addEventListener('click', close);
area?.addEventListener('blur', close);
area?.addEventListener('scroll', () => {
  follow();
  close();
});
