import { PEERS } from './all.ts'
import { installPeer } from './peer.ts'

/**
 * Installs the gateways that bench/gateway measures beside Spillway, at pinned versions, into .bench-peers/, which git ignores.
 * Run: npm run bench:peers [-- names]. What cannot be installed is said, and fails the command where it was named.
 */

const named = process.argv.slice(2)
for (const name of named) {
  if (!PEERS.some((peer) => peer.name === name)) {
    console.error(`no peer is called ${name}; there are ${PEERS.map((peer) => peer.name).join(', ')}`)
    process.exit(2)
  }
}
for (const peer of PEERS.filter(({ name }) => named.length === 0 || named.includes(name))) {
  console.error(`${peer.name}: installing ...`)
  const why = installPeer(peer)
  console.error(`${peer.name}: ${why === null ? 'installed' : `not installed: ${why}`}`)
  if (why !== null && named.length > 0) process.exitCode = 1
}
