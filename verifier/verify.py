#!/usr/bin/env python3
"""Verifies an audit export, or one proof, alone: Python's standard library and openssl, no code of Spillway's.

    verify.py FOLDER VERIFIER_KEY [POLICY]
    verify.py PROOF VERIFIER_KEY

FOLDER is an export as "spillway audit export" writes it; PROOF a C2SP tlog-proof that carries its entry as extra data, as
"spillway audit prove" writes it; VERIFIER_KEY the log's key (name+id+base64) as it was published; POLICY a file that says
which witnesses must have signed, if not the one in the export. Exit status 1 where anything does not hold.
Formats: c2sp.org/signed-note, tlog-checkpoint, tlog-tiles, tlog-proof, tlog-policy, tlog-cosignature; RFC 6962, RFC 9162.
"""
import base64
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile


class Wrong(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Wrong(what)


def sha(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    return sha(b"\x00" + entry)


def node_hash(left, right):
    return sha(b"\x01" + left + right)


def decode(text):
    return base64.b64decode(text, validate=True)


# Signatures


def parse_key(text):
    """Name, key id, type (1 = Ed25519, 4 = a witness's cosignature), 32 bytes."""
    parts = text.strip().split("+", 2)
    check(len(parts) == 3, "is no verifier key")
    typed = decode(parts[2])
    check(len(typed) == 33 and typed[0] in (1, 4), "is no key of a known type")
    check(sha(parts[0].encode() + b"\n" + typed)[:4].hex() == parts[1], "is a key whose id does not fit")
    return parts[0], parts[1], typed[0], typed[1:]


@functools.lru_cache(maxsize=1000)
def ed25519(key, text, signature):
    """By openssl; the prefix makes a bare key a DER one (RFC 8410)."""
    with tempfile.TemporaryDirectory() as folder:
        files = {"key": bytes.fromhex("302a300506032b6570032100") + key, "text": text, "signature": signature}
        for name, content in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin", "-in", "text", "-sigfile", "signature"]
        return subprocess.run(command, cwd=folder, capture_output=True).returncode == 0


def parse_note(note):
    """The text, and (name, key id, signature) of each signature."""
    text, border, signatures = note.rpartition(b"\n\n")
    check(border and note.endswith(b"\n"), "is no signed note")
    found = []
    for line in signatures.decode().splitlines():
        check(line.startswith("\u2014 ") and line.count(" ") == 2, "has a line that is no signature")
        name, encoded = line[2:].split(" ")
        signature = decode(encoded)
        found.append((name, signature[:4].hex(), signature[4:]))
    return text + b"\n", found


def signed_by(note, key):
    text, signatures = note
    name, key_id, kind, public = key
    for other, other_id, signature in signatures:
        if (other, other_id) != (name, key_id):
            continue
        if kind == 1:
            return ed25519(public, text, signature)
        time = int.from_bytes(signature[:8], "big")
        return ed25519(public, "cosignature/v1\ntime {}\n".format(time).encode() + text, signature[8:])
    return False


def open_checkpoint(note, log):
    parsed = parse_note(note)
    check(signed_by(parsed, log), "is not signed by the log's key")
    origin, size, root = parsed[0].decode().split("\n")[:3]
    check(origin == log[0], "is of another log")
    return int(size), decode(root)


def satisfies(note, policy):
    """Whether a checkpoint has the signatures that a policy asks for."""
    rules = {}
    for line in policy.splitlines():
        words = line.split()
        if words[:1] == ["witness"]:
            rules[words[1]] = signed_by(note, parse_key(words[2]))
        elif words[:1] == ["group"]:
            members = words[3:]
            check(members and all(one in rules for one in members), "has a group of unknown members")
            least = {"all": len(members), "any": 1}.get(words[2]) or int(words[2])
            check(1 <= least <= len(members), "has an impossible threshold")
            rules[words[1]] = sum(rules[one] for one in members) >= least
        elif words[:1] == ["quorum"]:
            return words[1] == "none" or rules.get(words[1]) is True
    raise Wrong("has no quorum line")


# Trees


def root_from(index, size, leaf, path):
    """RFC 9162, 2.1.3.2."""
    check(index < size, "is of an entry beyond the end")
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        check(sn != 0 and len(sibling) == 32, "is too long")
        if fn & 1 or fn == sn:
            node = node_hash(sibling, node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = node_hash(node, sibling)
        fn, sn = fn >> 1, sn >> 1
    check(sn == 0, "is too short")
    return node


def merkle(hashes):
    """RFC 6962, 2.1, over hashes of subtrees of one width."""
    if not hashes:
        return sha(b"")
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(merkle(hashes[:split]), merkle(hashes[split:]))


def hashes_of(tile):
    return [tile[at:at + 32] for at in range(0, len(tile), 32)]


def tile_path(level, index, width):
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at:at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return "log/tile/{}/{}{}".format(level, name, "" if width == 256 else ".p/{}".format(width))


def entries_of(bundle):
    entries, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at:at + 2], "big")
        check(at + 2 <= len(bundle) and end <= len(bundle), "is cut off")
        entries.append(bundle[at + 2:end])
        at = end
    return entries


def parse_proof(proof):
    head, border, checkpoint = proof.partition(b"\n\n")
    lines = head.decode().split("\n")
    check(border and len(lines) >= 3 and lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("extra ") and lines[2].startswith("index "), "is not a proof with its entry")
    return decode(lines[1][6:]), int(lines[2][6:]), [decode(line) for line in lines[3:]], checkpoint


# What to verify


def verify_proof(file, log):
    entry, index, path, checkpoint = parse_proof(read_file(file))
    size, root = open_checkpoint(checkpoint, log)
    check(root_from(index, size, leaf_hash(entry), path) == root, "the entry is not in the log at this place")
    print("In the log: entry {} of {} in {}".format(index, size, log[0]))
    print(entry.decode())


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


class Export:
    def __init__(self, folder, log, policy):
        self.folder, self.log, self.policy, self.problems = folder, log, policy, {}

    def read(self, path):
        check(".." not in re.split(r"[/\\]", path) and not path.startswith("/"), "leads out of the export")
        place = os.path.join(self.folder, path)
        check(os.path.isfile(place) and not os.path.islink(place), "is missing, or no plain file")
        return read_file(place)

    def attempt(self, path, work, *args):
        try:
            return work(*args)
        except Wrong as error:
            self.problems.setdefault(path, str(error))
        except (ValueError, OSError, KeyError, IndexError, TypeError) as error:
            self.problems.setdefault(path, "cannot be read ({})".format(error))
        return None

    def files(self):
        for folder, _, names in os.walk(self.folder):
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.folder).replace(os.sep, "/")

    def is_whole(self):
        """Whether it holds the log's own bundles; else entries of one tenant or one system, by their proofs alone."""
        return self.info["tenant"] is None and self.info.get("system") is None

    def verify(self):
        self.check_sums()
        self.info = self.attempt("bundle.json", lambda: json.loads(self.read("bundle.json")))
        opened = self.attempt("log/checkpoint", lambda: open_checkpoint(self.read("log/checkpoint"), self.log))
        if self.info is None or opened is None:
            return 0
        self.size, self.root = opened
        self.attempt("log/checkpoint", self.check_witnesses)
        self.attempt("bundle.json", self.check_info)
        if self.is_whole():
            self.attempt("log/checkpoint", self.check_root)
            for path in list(self.files()):
                if path.startswith("log/tile/"):
                    self.attempt(path, self.check_tile, path)
        return self.check_entries()

    def check_sums(self):
        sums = self.read("SHA256SUMS")
        self.attempt("SHA256SUMS.note", self.check_seal, sums)
        listed = {"SHA256SUMS", "SHA256SUMS.note"}
        for line in sums.decode().split("\n")[:-1]:
            listed.add(line[66:])
            self.attempt(line[66:], self.check_sum, line[66:], line[:64])
        for path in self.files():
            if path not in listed:
                self.problems.setdefault(path, "is no part of the export that was signed")

    def check_seal(self, sums):
        note = parse_note(self.read("SHA256SUMS.note"))
        check(signed_by(note, self.log), "is not signed by the log's key")
        if note[0].decode() != "spillway audit bundle v1\nsha256 {}\n".format(sha(sums).hex()):
            self.problems.setdefault("SHA256SUMS", "is not the list that was signed")

    def check_sum(self, path, expected):
        check(sha(self.read(path)).hex() == expected, "is not the file that was signed")

    def check_witnesses(self):
        policy = self.policy if self.policy is not None else self.read("policy").decode()
        check(satisfies(parse_note(self.read("log/checkpoint")), policy), "is not signed by the witnesses that the policy asks for")

    def check_info(self):
        check(self.info["size"] == self.size and self.info["origin"] == self.log[0] and decode(self.info["root"]) == self.root, "is of another checkpoint")

    def tile(self, level, index):
        width = min(256, self.size // 256 ** level - index * 256)
        hashes = self.read(tile_path(level, index, width))
        check(len(hashes) == width * 32, "leads to a tile of the wrong length")
        return hashes_of(hashes)

    def check_root(self):
        """What is partial at each level, from the widest to the narrowest, adds up to the root."""
        parts, level = [], 0
        while self.size // 256 ** level > 0:
            count = self.size // 256 ** level
            edge, at, own = self.tile(level, count // 256) if count % 256 else [], 0, []
            while at < len(edge):
                width = 1 << ((len(edge) - at).bit_length() - 1)
                own.append(merkle(edge[at:at + width]))
                at += width
            parts = own + parts
            level += 1
        found = parts.pop() if parts else sha(b"")
        while parts:
            found = node_hash(parts.pop(), found)
        check(found == self.root, "is signed over another root than the tiles add up to")

    def check_tile(self, path):
        match = re.fullmatch(r"log/tile/(entries|\d+)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?", path)
        check(match, "is no tile")
        index = int(re.sub("[x/]", "", match[2]))
        if match[1] == "entries":
            entries, hashes = entries_of(self.read(path)), self.tile(0, index)
            check(len(entries) == int(match[3] or 256), "holds another number of entries")
            for n, entry in enumerate(entries):
                check(leaf_hash(entry) == hashes[n], "entry {} is not the one that was signed for".format(index * 256 + n))
        elif match[3] is None:
            above = self.tile(int(match[1]) + 1, index // 256)
            check(merkle(hashes_of(self.read(path))) == above[index % 256], "is not the one that the tile above is made of")

    def check_entries(self):
        lines = self.attempt("entries.jsonl", lambda: self.read("entries.jsonl").split(b"\n")[:-1]) or []
        self.attempt("entries.jsonl", lambda: check(len(lines) == self.info["entries"], "holds {} entries, bundle.json says {}".format(len(lines), self.info["entries"])))
        self.held, last = (-1, []), -1
        for line in lines:
            match = re.fullmatch(rb'\{"index":(\d+),"leaf":(\{.*\})\}', line, re.DOTALL)
            index = int(match[1]) if match else -1
            if index <= last or index >= self.size:
                self.problems.setdefault("entries.jsonl", "holds a line that is no entry, or out of order")
                continue
            last = index
            if self.is_whole():
                self.attempt("entries.jsonl", self.check_held, index, match[2])
            if self.info["proofs"]:
                path = "proofs/{}/{}.tlog-proof".format(index // 1000, index)
                self.attempt(path, self.check_proof, path, index, match[2])
        return len(lines)

    def check_held(self, index, leaf):
        bundle = index // 256
        if self.held[0] != bundle:
            self.held = bundle, entries_of(self.read(tile_path("entries", bundle, min(256, self.size - bundle * 256))))
        check(self.held[1][index % 256] == leaf, "entry {} is not the one in the log".format(index))

    def check_proof(self, path, index, leaf):
        entry, number, hashes, checkpoint = parse_proof(self.read(path))
        check(open_checkpoint(checkpoint, self.log) == (self.size, self.root), "leads to another checkpoint")
        check(number == index and entry == leaf, "is of another entry")
        check(root_from(index, self.size, leaf_hash(entry), hashes) == self.root, "does not lead to the signed root")


def main(target, key, policy=None):
    log = parse_key(key)
    if not os.path.isdir(target):
        return verify_proof(target, log)
    export = Export(target, log, None if policy is None else read_file(policy).decode())
    entries = export.verify()
    for path, what in list(export.problems.items())[:20]:
        print("NOT as it was signed: {}: {}".format(path, what))
    if export.problems:
        sys.exit(1)
    print("As it was signed: {} of the {} entries in {}".format(entries, export.size, log[0]))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (Wrong, ValueError, OSError) as error:
        sys.exit("NOT verified: {}".format(error))
