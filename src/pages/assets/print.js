// A button that prints the page, where there is JavaScript.
const button = document.querySelector('[data-print]');
button.hidden = false;
button.addEventListener('click', () => print());
