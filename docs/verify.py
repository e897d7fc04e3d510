"""Checks an export of Recordkeeper's log, seals and proofs without the service: the standard library and cryptography.

    python verify.py --key PUBLIC [--export events.ndjson] [--seals seals.json] [--proof proof.json]

PUBLIC is 64 hex digits, as GET /v1/Integrity/Keys has them; --key and --proof may be repeated. Says what holds.
Exit status 1: something does not, and the first that does not is named. 2: a file cannot be read or is no such thing.
"""

import argparse
import json
import sys
from functools import reduce
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Wrong(Exception):  # noqa: N818 - what was found
    """Something does not hold."""


def hold(condition: object, otherwise: str) -> None:
    if not condition:
        raise Wrong(otherwise)


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """Return the Merkle tree hash of RFC 9162, 2.1.1: subtrees are joined as they become complete."""
    stack: list[bytes] = []
    for index, leaf in enumerate(leaves):
        number, found = index, sha256(b"\0" + leaf).digest()
        while number & 1:
            found, number = node(stack.pop(), found), number >> 1
        stack.append(found)
    return reduce(lambda right, left: node(left, right), reversed(stack))


def climb(place: int, last: int, path: list[bytes], old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Return the roots over the earlier and the later leaves that a path leads to (RFC 9162, 2.1.3.2 and 2.1.4.2)."""
    for sibling in path:
        hold(last > 0, "a path is too long")
        if place & 1 or place == last:
            old, new = node(sibling, old), node(sibling, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node(new, sibling)
        place, last = place >> 1, last >> 1
    hold(last == 0, "a path is too short")
    return old, new


def included(leaf: bytes, index: int, size: int, path: list[str], root: str, what: str) -> None:
    hold(0 <= index < size, f"{what}: no such place among {size}")
    start = sha256(b"\0" + leaf).digest()
    found = climb(index, size - 1, [bytes.fromhex(each) for each in path], start, start)[1]
    hold(found.hex() == root, f"{what}: its path does not lead to the root")


def consistent(first: dict, second: dict, path: list[str]) -> None:
    sizes, what = (first["length"], second["length"]), "the later log does not begin with the earlier one"
    if sizes[0] == sizes[1]:
        hold(first["root"] == second["root"] and not path, what)
        return
    hold(0 < sizes[0] < sizes[1], "the later log is shorter than the earlier one")
    hashes = [bytes.fromhex(each) for each in ([] if sizes[0] & (sizes[0] - 1) else [first["root"]]) + path]
    hold(bool(hashes), "a path is too short")
    place, last = sizes[0] - 1, sizes[1] - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old, new = climb(place, last, hashes[1:], hashes[0], hashes[0])
    hold((old.hex(), new.hex()) == (first["root"], second["root"]), what)


def check_seal(seal: dict, keys: dict[str, bytes]) -> None:
    n, text = f"seal {seal['n']}", seal["statement"].encode()
    said = json.loads(text)
    hold(all(seal[name] == value for name, value in said.items()), f"{n}: it says something else than what was signed")
    hold(set(said) == {"n", "sealed_at", "previous_hash", "accounts", "root", "key_id"}, f"{n}: it is no seal")
    hold(seal["hash"] == sha256(text).hexdigest(), f"{n}: its hash is not that of its statement")
    hold(seal["key_id"] in keys, f"{n}: it is signed with {seal['key_id']}, which none of the keys given is")
    try:
        Ed25519PublicKey.from_public_bytes(keys[seal["key_id"]]).verify(bytes.fromhex(seal["signature"]), text)
    except InvalidSignature:
        raise Wrong(f"{n}: its signature does not hold") from None


def check_seals(seals: list[dict], keys: dict[str, bytes]) -> None:
    seals = sorted(seals, key=lambda seal: seal["n"])
    for before, seal in zip([None, *seals], seals, strict=False):
        check_seal(seal, keys)
        hold(before is None or seal["n"] == before["n"] + 1, f"seal {seal['n']}: the one before it is not there")
        previous = before["hash"] if before else "0" * 64 if seal["n"] == 1 else seal["previous_hash"]
        hold(seal["previous_hash"] == previous, f"seal {seal['n']}: it is not chained to the one before it")
    print(f"{len(seals)} seals hold, {seals[0]['n']} to {seals[-1]['n']}, the newest of {seals[-1]['sealed_at']}.")


def check_export(lines: list[dict]) -> dict[str, dict[int, str]]:
    """Follow each account's chain; return its hashes by position."""
    logs: dict[str, dict[int, str]] = {}
    for event in sorted(lines, key=lambda event: (event["account_sid"], event["position"])):
        account, position, text = event["account_sid"], event["position"], event["canonical"]
        log, where = logs.setdefault(account, {}), f"{account}, position {position}"
        hold(not log or position - 1 in log, f"{account}, position {max(log, default=0) + 1}: the event is not there")
        hold(position not in log, f"{where}: the event is there twice")
        before = log.get(position - 1, event["previous_hash"] if position > 1 else "0" * 64)
        hold(event["previous_hash"] == before, f"{where}: it is not chained to the event before it")
        said = f"{position}\n{event['recorded_at']}\n{text}".encode()
        found = sha256(bytes.fromhex(before) + said).hexdigest()
        hold(event["hash"] == found, f"{where}: the event does not have its hash")
        shown = {name: value for name, value in json.loads(text).items() if name in event}
        differing = [name for name, value in shown.items() if event[name] != value]
        hold(not differing or differing == ["data"], f"{where}: {', '.join(differing)} is not what was hashed")
        if differing:
            print(f"{where}: its data are not shown as they were hashed (secrets are masked); `canonical` has them.")
        log[position] = event["hash"]
    for account, log in logs.items():
        print(f"{account}: {len(log)} events hold, positions {min(log)} to {max(log)}.")
    return logs


def check_log(log: dict, keys: dict[str, bytes], exported: dict[str, dict[int, str]]) -> str:
    """Check that an account's log is under its seal; and that an export which has all of it is what was sealed."""
    account, length, seal = log["account_sid"], log["length"], log["seal"]
    check_seal(seal, keys)
    leaf = json.dumps({name: log[name] for name in ("account_sid", "length", "root")}, separators=(",", ":")).encode()
    included(leaf, log["index"], seal["accounts"], log["path"], seal["root"], f"{account} under seal {seal['n']}")
    hashes = exported.get(account, {})
    if all(position in hashes for position in range(1, length + 1)):
        found = root_of([bytes.fromhex(hashes[position]) for position in range(1, length + 1)])
        these = f"{account}: the first {length} events exported are"
        hold(found.hex() == log["root"], f"{these} not those that seal {seal['n']} was made over")
        print(f"{these} all that seal {seal['n']} covers.")
    return f"seal {seal['n']} of {seal['sealed_at']}"


def check_proof(proof: dict, keys: dict[str, bytes], exported: dict[str, dict[int, str]]) -> None:
    account = proof["account_sid"]
    for log in (proof[name] for name in ("log", "from", "to") if name in proof):
        hold(log["account_sid"] == account, f"{account}: the proof is about {log['account_sid']} too")
    if "from" in proof:
        under = [check_log(proof[name], keys, exported) for name in ("from", "to")]
        consistent(proof["from"], proof["to"], proof["path"])
        print(f"{account}: the log under {under[1]} begins with all of that under {under[0]}.")
        return
    position, log = proof["position"], proof["log"]
    under, what = check_log(log, keys, exported), f"{account}, position {position}"
    included(bytes.fromhex(proof["hash"]), position - 1, log["length"], proof["path"], log["root"], what)
    known = exported.get(account, {}).get(position, proof["hash"])
    hold(known == proof["hash"], f"{what}: the event exported is not the one that is proved")
    print(f"{what}: the event {proof['hash']} is under {under}.")


def read(file: str, *, lines: bool = False) -> list[dict]:
    text = Path(file).read_text(encoding="utf-8")
    if lines:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    found = json.loads(text)
    return found.get("seals", [found]) if isinstance(found, dict) else found


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip(), add_help=True)
    parser.add_argument("--key", action="append", default=[], type=bytes.fromhex)
    parser.add_argument("--export")
    parser.add_argument("--seals")
    parser.add_argument("--proof", action="append", default=[])
    asked = parser.parse_args()
    if not (asked.export or asked.seals or asked.proof):
        parser.error("nothing to check: name an export, seals or a proof")
    keys = {sha256(key).hexdigest()[:32]: key for key in asked.key}
    try:
        exported = check_export(read(asked.export, lines=True)) if asked.export else {}
        if asked.seals:
            check_seals(read(asked.seals), keys)
        for file in asked.proof:
            for proof in read(file):
                check_proof(proof, keys, exported)
    except Wrong as wrong:
        print(f"DOES NOT HOLD: {wrong}")
        return 1
    except OSError as error:
        print(f"{error.filename} cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        print(f"a file is not what it should be: {type(error).__name__} {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
