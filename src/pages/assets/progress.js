// Follows work that is under way, and shows the page anew when it has ended.
const region = document.querySelector('[data-job]');
const bar = region.querySelector('progress');
const words = region.querySelector('[data-percent]');
const events = new EventSource(region.dataset.job);
events.addEventListener('progress', ({ data }) => {
  bar.value = Number(data);
  words.textContent = `${data} %`;
});
events.addEventListener('ended', () => {
  events.close();
  location.reload();
});
