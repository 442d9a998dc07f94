import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { UserError } from '#base/user-error';
import { ROLES, type Role } from '#publishing/role';
import { configFrom } from '#service/environment';
import type { Issuer } from '#service/persons/issuers';
import { changePerson, createPerson, PERSON_RANDOM_BYTES } from '#service/persons/known';
import type { KnownPerson, Store } from '#store/store';
import { withExistingStore, withStoreToRead } from '../open-store.ts';
import { emailOption, leaListOption, leasShown, nameOption, scopeFrom, storeOption } from '../options.ts';
import { terminal } from '../terminal.ts';

const EXAMPLE =
  '  cenr person add --name "Sam Rivera" --email sam@lea.example.org --role vendor --lea 9900001 --store data';
const CHANGE = '  cenr person change person_0mwqujpdhhjpnm5spf1 --role auditor --store data';
const REMOVE = '  cenr person remove person_0mwqujpdhhjpnm5spf1 --store data';

interface Given {
  readonly name?: string;
  readonly email?: string;
  readonly subject?: string;
  readonly role?: Role;
  readonly lea?: string[];
  readonly issuer?: string;
  readonly store: string;
}

/** None makes a store, as for keys: in a mistyped folder, whoever was removed would still sign in. */
export const personCommand = (): Command =>
  new Command('person')
    .description(
      'Adds, lists, changes and removes people who sign in to the pages by an issuer (OpenID Connect). What they may is kept here.',
    )
    .addHelpText('after', `\nExample:\n${EXAMPLE}`)
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(changeCommand())
    .addCommand(removeCommand());

const roleOption = (): Option => new Option('--role <ROLE>', 'what the person may do').choices([...ROLES]);

const leasOption = (): Option =>
  new Option('--lea <LEA>', 'an LEA that the person acts for, or "all"; can be repeated').argParser(leaListOption);

/** What says which account of the issuer is the person's. */
const withAccount = (command: Command): Command =>
  command
    .option(
      '--email <ADDRESS>',
      'the e-mail address of the account, verified by the issuer; also where the person gets e-mail',
      emailOption,
    )
    .option('--subject <SUBJECT>', 'the account as the issuer identifies it (claim "sub")', nameOption);

const addCommand = (): Command =>
  withAccount(
    new Command('add')
      .description('Adds a person, who can sign in at once.')
      .requiredOption('--name <NAME>', 'the name of the person', nameOption)
      .addOption(roleOption().makeOptionMandatory())
      .addOption(leasOption().makeOptionMandatory()),
  )
    .option('--issuer <ID>', 'the issuer of the account, by its id in the file of issuers (default: the only one)')
    .addOption(storeOption())
    .addHelpText('after', `\nExample:\n${EXAMPLE}`)
    .action(
      async (given: Given & { name: string; role: Role; lea: string[] }) =>
        await withExistingStore(given.store, async (store) => {
          const { lea, issuer, ...rest } = given;
          const person = createPerson(
            chosenIssuer(issuer),
            { ...rest, leas: scopeFrom(lea) },
            new Date(),
            randomBytes(PERSON_RANDOM_BYTES),
          );
          await store.addPerson(person);
          terminal.err.write(`person ${person.id}: ${shown(person)}\n`);
        }),
    );

const listCommand = (): Command =>
  new Command('list')
    .description('Lists the people by id, role, LEAs, name and account, those who were removed included.')
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  cenr person list --store data')
    .action(
      async ({ store: dir }: { store: string }) =>
        await withStoreToRead(dir, async (store) => {
          for (const person of await store.persons())
            terminal.out.write(
              `${person.id}  ${shown(person)}  added ${person.createdAt}${person.removedAt ? `, removed ${person.removedAt}` : ''}\n`,
            );
        }),
    );

const changeCommand = (): Command =>
  withAccount(
    new Command('change')
      .description('Changes what a person may, or their account, and ends their sessions. What is not named stays.')
      .argument('<ID>', 'the id of the person, as cenr person list shows it')
      .option('--name <NAME>', 'the name of the person', nameOption)
      .addOption(roleOption())
      .addOption(leasOption()),
  )
    .addOption(storeOption())
    .addHelpText('after', `\nExample:\n${CHANGE}`)
    .action(
      async (id: string, { name, email, subject, role, lea, store: dir }: Given) =>
        await withExistingStore(dir, async (store) => {
          const leas = lea && scopeFrom(lea);
          const changed = await replaced(store, id, (person) => {
            if ([name, email, subject, role, leas].every((one) => one === undefined))
              throw new UserError('nothing is changed; expected --name, --email, --subject, --role or --lea');
            return changePerson(issuerAt(person.issuer), person, { name, email, subject, role, leas });
          });
          terminal.err.write(`person ${id}: ${shown(changed)}; their sessions are ended\n`);
        }),
    );

const removeCommand = (): Command =>
  new Command('remove')
    .description(
      'Removes a person immediately: their sessions end, and they cannot sign in. The id stays, for the logs.',
    )
    .argument('<ID>', 'the id of the person, as cenr person list shows it')
    .addOption(storeOption())
    .addHelpText('after', `\nExample:\n${REMOVE}`)
    .action(
      async (id: string, { store: dir }: { store: string }) =>
        await withExistingStore(dir, async (store) => {
          await replaced(store, id, (person) => ({ ...person, removedAt: new Date().toISOString() }));
          terminal.err.write(`person ${id} is removed\n`);
        }),
    );

async function knownPerson(store: Store, id: string): Promise<KnownPerson> {
  const person = await store.person(id);
  if (person && person.removedAt === undefined) return person;
  throw new UserError(`there is no person "${id}" who may sign in; cenr person list shows the people`);
}

/** Changes a person as they are: whom somebody else changed meanwhile is looked at anew. */
async function replaced(store: Store, id: string, change: (person: KnownPerson) => KnownPerson): Promise<KnownPerson> {
  for (;;) {
    const person = await knownPerson(store, id);
    const changed = change(person);
    if (await store.replacePerson(changed, person)) return changed;
  }
}

function issuers(): readonly Issuer[] {
  const { issuers: known = [] } = configFrom(process.env);
  if (known.length > 0) return known;
  throw new UserError(
    'no issuer is known; name the file of issuers in CENR_OIDC_ISSUERS, as for cenr serve (docs/operations.md says what it holds)',
  );
}

function chosenIssuer(id: string | undefined): Issuer {
  const known = issuers();
  const ids = known.map((one) => one.id).join(', ');
  const found = id === undefined && known.length === 1 ? known[0] : known.find((one) => one.id === id);
  if (found) return found;
  throw new UserError(
    id === undefined
      ? `there are several issuers; expected --issuer with one of ${ids}`
      : `there is no issuer "${id}"; expected one of ${ids}`,
  );
}

function issuerAt(url: string): Issuer {
  const found = issuers().find(({ issuer }) => issuer === url);
  if (found) return found;
  throw new UserError(`the issuer of this person, ${url}, is not in the file of issuers any more`);
}

const shown = ({ role, leas, name, email, subject, issuer }: KnownPerson): string =>
  `${role.padEnd(7)}  LEAs ${leasShown(leas)}  ${name}${email ? ` <${email}>` : ''}  ${subject === undefined ? 'not signed in yet' : `subject ${subject}`} at ${issuer}`;
