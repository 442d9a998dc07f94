import { Command } from 'commander';

export const keyVerb = (): Command => new Command('key').description('Manages API keys.');
