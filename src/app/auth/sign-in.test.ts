import { expect, it } from 'vitest'
import { memoryControl } from '../../store/control/memory.ts'
import { SignIn } from './sign-in.ts'

const clock = { now: () => 0 }
const ann = { id: 'user_1', email: 'ann@example.com', name: 'Ann', password: 'hash', oidc: null, memberships: [], createdAt: 0, disabledAt: null, signedInAt: null } as const

it('an address that nobody has costs the same hash as one that somebody has', async () => {
  const { people } = memoryControl()
  await people.users.insert(ann)
  const asked: (string | null)[] = []
  const signIn = new SignIn(people, clock, (_, stored) => {
    asked.push(stored)
    return Promise.resolve(false)
  })
  for (const email of ['ann@example.com', 'nobody@example.com', ' ANN@example.com ']) await expect(signIn.byPassword(email, 'x', '10.0.0.1')).rejects.toMatchObject({ code: 'invalid_login' })
  expect(asked).toEqual(['hash', null, 'hash'])
})

it('two passwords are hashed at once, some wait, and more are told to come again', async () => {
  const { people } = memoryControl()
  const open: (() => void)[] = []
  const signIn = new SignIn(people, clock, () => new Promise((resolve) => open.push(() => resolve(false))))
  const all = Array.from({ length: 40 }, (_, n) => signIn.byPassword(`${n}@example.com`, 'x', '10.0.0.1').catch((error: { readonly code: string }) => error.code))
  while (open.length < 2) await new Promise(setImmediate)
  expect(open).toHaveLength(2)
  const busy = await Promise.all(all.slice(32))
  expect(new Set(busy)).toEqual(new Set(['busy']))
  const rest = all.slice(0, 32)
  for (let answered = 0; answered < rest.length; ) {
    expect(open.length).toBeLessThanOrEqual(2)
    answered += open.length
    for (const go of open.splice(0)) go()
    await new Promise(setImmediate)
  }
  expect(new Set(await Promise.all(rest))).toEqual(new Set(['invalid_login']))
})
