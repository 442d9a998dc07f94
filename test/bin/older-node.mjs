/** For `node --import`: the process says that it is an older Node. */
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.0' } });
