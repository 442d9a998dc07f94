import { Command } from 'commander';

export const serveVerb = (): Command => new Command('serve').description('Starts the REST service.');
