// Shows what belongs to the chosen Parameter Type, and hides the rest.
const parts = document.querySelectorAll('[data-type]');
const show = () => {
  const chosen = document.querySelector('input[name=type]:checked')?.value;
  for (const part of parts) part.hidden = part.dataset.type !== chosen;
};
for (const choice of document.querySelectorAll('input[name=type]')) choice.addEventListener('change', show);
for (const hint of document.querySelectorAll('[data-types]')) hint.hidden = true;
show();
