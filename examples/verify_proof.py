#!/usr/bin/env python3
"""Verifies that an entry is in an audit log, sharing no code with Spillway: Python's standard library and openssl.

    verify_proof.py PROOF VERIFIER_KEY

PROOF is a C2SP tlog-proof that carries its entry as extra data, as "spillway audit prove" writes it; VERIFIER_KEY the log's
key (name+id+base64) as it was published. Prints the entry. Exit status 1 where anything does not hold.
"""
import base64
import hashlib
import os
import subprocess
import sys
import tempfile


def sha(data):
    return hashlib.sha256(data).digest()


def check(condition, what):
    if not condition:
        sys.exit("NOT verified: " + what)


def root_from(index, size, leaf, path):
    """RFC 9162, 2.1.3.2."""
    check(index < size, "the index is beyond the tree")
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        check(sn != 0 and len(sibling) == 32, "the proof is too long")
        if fn & 1 or fn == sn:
            node = sha(b"\x01" + sibling + node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = sha(b"\x01" + node + sibling)
        fn, sn = fn >> 1, sn >> 1
    check(sn == 0, "the proof is too short")
    return node


def signed(key, text, signature):
    """Ed25519 by openssl; the prefix makes a bare key a DER one (RFC 8410)."""
    with tempfile.TemporaryDirectory() as folder:
        files = {"key": bytes.fromhex("302a300506032b6570032100") + key, "text": text, "signature": signature}
        for name, content in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin", "-in", "text", "-sigfile", "signature"]
        return subprocess.run(command, cwd=folder, capture_output=True).returncode == 0


def main(proof_file, verifier_key):
    name, key_id, encoded = verifier_key.strip().split("+", 2)
    typed_key = base64.b64decode(encoded, validate=True)
    check(typed_key[0] == 1 and len(typed_key) == 33, "the key is not an Ed25519 key")
    check(sha(name.encode() + b"\n" + typed_key)[:4].hex() == key_id, "the key's id does not fit")
    with open(proof_file, "rb") as file:
        head, checkpoint = file.read().split(b"\n\n", 1)
    header, extra, index, *path = head.decode().split("\n")
    check(header == "c2sp.org/tlog-proof@v1" and extra.startswith("extra ") and index.startswith("index "), "not a proof with its entry")
    entry = base64.b64decode(extra[6:], validate=True)
    text, signatures = checkpoint.split(b"\n\n", 1)
    text += b"\n"
    prefix = "\u2014 {} ".format(name)
    own = [base64.b64decode(line[len(prefix):]) for line in signatures.decode().splitlines() if line.startswith(prefix)]
    own = [signature[4:] for signature in own if signature[:4].hex() == key_id]
    check(any(signed(typed_key[1:], text, signature) for signature in own), "the log has not signed the checkpoint")
    origin, size, root = text.decode().split("\n")[:3]
    check(origin == name, "the checkpoint is of another log")
    found = root_from(int(index[6:]), int(size), sha(b"\x00" + entry), [base64.b64decode(line, validate=True) for line in path])
    check(found == base64.b64decode(root, validate=True), "the entry is not in the log at this place")
    print("In the log: entry {} of {} in {}".format(index[6:], size, origin))
    print(entry.decode())


if __name__ == "__main__":
    check(len(sys.argv) == 3, "usage: verify_proof.py PROOF VERIFIER_KEY")
    main(sys.argv[1], sys.argv[2])
