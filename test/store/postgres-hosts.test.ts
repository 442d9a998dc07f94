/** The servers in the address of a database. */
import t from 'tap';
import { hostsOf } from '#store/postgres/hosts';

const CASES: readonly (readonly [address: string, addresses: readonly string[], wanted: string | undefined])[] = [
  ['postgres://u:p@a/db', ['postgres://u:p@a/db'], undefined],
  ['postgres://a:1/db?sslmode=require', ['postgres://a:1/db?sslmode=require'], undefined],
  ['postgres://a:1,b:2/db', ['postgres://a:1/db', 'postgres://b:2/db'], 'primary'],
  [
    'postgresql://u:p,q%40r@a:1,[::1]:2,c/db?sslmode=verify-full&target_session_attrs=primary',
    [
      'postgresql://u:p,q%40r@a:1/db?sslmode=verify-full',
      'postgresql://u:p,q%40r@[::1]:2/db?sslmode=verify-full',
      'postgresql://u:p,q%40r@c/db?sslmode=verify-full',
    ],
    'primary',
  ],
  ['postgres://a/db?target_session_attrs=any', ['postgres://a/db'], 'any'],
  ['postgres://a/db?target_session_attrs=read-write', ['postgres://a/db'], 'read-write'],
];

t.test('each server is asked at an address of its own', async (t) => {
  for (const [address, addresses, wanted] of CASES) t.same(hostsOf(address), { addresses, wanted }, address);
});

t.test('a word that is not known is told, without what else is in the address', async (t) => {
  t.throws(() => hostsOf('postgres://u:hush@a,b/db?target_session_attrs=standby'), {
    name: 'StoreTroubleError',
    message: 'found target_session_attrs=standby in the address of the store; it may be any, primary, read-write',
  });
});
