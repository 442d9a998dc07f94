// Shows a list of work anew while some of it is under way.
const AGAIN_MS = 3000;
setTimeout(() => location.reload(), AGAIN_MS);
