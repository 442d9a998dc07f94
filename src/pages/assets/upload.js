// Takes files that are dropped, and says that they are on their way.
const form = document.querySelector('form.drop');
const input = form?.querySelector('input[type=file]');
const status = form?.querySelector('[data-upload]');
const over = (is) => (event) => {
  event.preventDefault();
  form.classList.toggle('over', is);
};
for (const name of ['dragenter', 'dragover']) form?.addEventListener(name, over(true));
form?.addEventListener('dragleave', over(false));
form?.addEventListener('drop', (event) => {
  over(false)(event);
  input.files = event.dataTransfer.files;
});
form?.addEventListener('submit', () => {
  const { length } = input.files;
  status.textContent = `${length} ${length === 1 ? 'file is' : 'files are'} on the way.`;
});
