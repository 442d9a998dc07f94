/** For `node --import`: names every file that a process has loaded, when it ends, one a line on the standard error. */
import { registerHooks } from 'node:module';

const loaded = new Set();
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) loaded.add(url);
    return next(url, context);
  },
});
process.on('exit', () => process.stderr.write([...loaded, ''].join('\n')));
