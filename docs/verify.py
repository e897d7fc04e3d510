"""Checks an export of Recordkeeper's log, seals and proofs without the service: the standard library and cryptography.

A key is 64 hex digits, as GET /v1/Integrity/Keys has them. An export has an event a line; seals come as pages or one by
one, a line each. Every option may be repeated. Says what holds. Exit status 1: something does not, and the first that
does not is named. 2: a file cannot be read or is no such thing.
"""

import argparse
import json
import re
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def hold(condition: object, otherwise: str) -> None:
    if not condition:
        print(f"DOES NOT HOLD: {otherwise}")
        raise SystemExit(1)


def digest(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """Return the root over leaves (RFC 9162, 2.1.1)."""
    if len(leaves) <= 1:
        return digest(b"\0", leaves[0])
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return digest(b"\1", root_of(leaves[:left]), root_of(leaves[left:]))


def climb(first: int, size: int, path: list[str], start: bytes, *, leaf: bool) -> tuple[bytes, bytes]:
    """Return the roots over the first leaves and over all that a path leads to (RFC 9162, 2.1.3 and 2.1.4).

    It starts at the hash of the last `leaf` of the first, or at the root over them: in the path if `start` is empty.
    """
    hold(0 < first <= size, f"what has {size} in all has no {first}")
    if first == size and (size == 1 or not leaf):
        hold(len(path) == (not start), f"a path is too {'long' if path else 'short'}")
        return (start or bytes.fromhex(path[0]),) * 2
    hold(path, "a path is too short")
    left, beside = 1 << (size - 1).bit_length() - 1, bytes.fromhex(path[-1])
    if first <= left:
        old, new = climb(first, left, path[:-1], start, leaf=leaf)
        return old, digest(b"\1", new, beside)
    old, new = climb(first - left, size - left, path[:-1], start if leaf else b"", leaf=leaf)
    return digest(b"\1", beside, old), digest(b"\1", beside, new)


def check_seals(seals: list[dict], keys: dict[str, bytes]) -> None:
    for before, seal in zip([None, *seals], seals, strict=False):
        n, text = f"seal {seal['n']}", seal["statement"].encode()
        said = {name: seal[name] for name in ("n", "sealed_at", "previous_hash", "accounts", "root", "key_id")}
        hold(json.loads(text) == said, f"{n}: it says something else than what was signed")
        hold(seal["hash"] == digest(text).hex(), f"{n}: its hash is not that of its statement")
        hold(seal["key_id"] in keys, f"{n}: it is signed with {seal['key_id']}, which none of the keys given is")
        try:
            Ed25519PublicKey.from_public_bytes(keys[seal["key_id"]]).verify(bytes.fromhex(seal["signature"]), text)
        except InvalidSignature:
            hold(False, f"{n}: its signature does not hold")
        hold(before is None or seal["n"] > before["n"] or seal == before, f"{n}: it is there twice, and not the same")
        is_next, alone = before and seal["n"] == before["n"] + 1, "0" * 64 if seal["n"] == 1 else seal["previous_hash"]
        previous = before["hash"] if is_next else alone
        hold(seal["previous_hash"] == previous, f"{n}: it is not chained to the one before it")


def check_export(events: list[dict]) -> dict[str, dict[int, str]]:
    """Follow each account's chain; return its hashes by position."""
    logs: dict[str, dict[int, str]] = {}
    for event in sorted(events, key=lambda event: (event["account_sid"], event["position"])):
        account, position, text = event["account_sid"], event["position"], event["canonical"]
        log, where = logs.setdefault(account, {}), f"{account}, position {position}"
        last = next(reversed(log), position - 1)
        hold(position > last, f"{where}: the event is there twice")
        hold(position == last + 1, f"{account}, position {last + 1}: the event is not there")
        before = log.get(last, event["previous_hash"] if position > 1 else "0" * 64)
        hold(event["previous_hash"] == before, f"{where}: it is not chained to the event before it")
        if text is None:
            log[position] = event["hash"]
            print(f"{where}: its text is not shown, for it has secrets; only that it is in the chain is checked.")
            continue
        log[position] = digest(bytes.fromhex(before), f"{position}\n{event['recorded_at']}\n{text}".encode()).hex()
        hold(event["hash"] == log[position], f"{where}: the event does not have its hash")
        differing = [name for name, value in json.loads(text).items() if event.get(name, value) != value]
        hold(differing in ([], ["data"]), f"{where}: {', '.join(differing)} is not what was hashed")
        if differing:
            print(f"{where}: its data are not shown as they were hashed (secrets are masked); `canonical` has them.")
    for account, log in logs.items():
        print(f"{account}: {len(log)} events hold, positions {min(log)} to {max(log)}.")
    return logs


def check_log(log: dict, account: str, keys: dict[str, bytes], hashes: dict[int, str]) -> str:
    """Check that a log is under its seal, and that an export which has all of it is what was sealed."""
    seal, these = log["seal"], f"{account}: the first {log['length']} events exported are"
    hold(log["account_sid"] == account, f"{account}: the proof is about {log['account_sid']} too")
    check_seals([seal], keys)
    said = json.dumps({name: log[name] for name in ("account_sid", "length", "root")}, separators=(",", ":")).encode()
    root = climb(log["index"] + 1, seal["accounts"], log["path"], digest(b"\0", said), leaf=True)[1]
    hold(root.hex() == seal["root"], f"{account} under seal {seal['n']}: its path does not lead to the root")
    if all(position in hashes for position in range(1, log["length"] + 1)):
        root = root_of([bytes.fromhex(hashes[position]) for position in range(1, log["length"] + 1)])
        hold(root.hex() == log["root"], f"{these} not those that seal {seal['n']} was made over")
        print(f"{these} all that seal {seal['n']} covers.")
    return f"seal {seal['n']} of {seal['sealed_at']}"


def check_proof(proof: dict, keys: dict[str, bytes], exported: dict[str, dict[int, str]]) -> None:
    account, hashes = proof["account_sid"], exported.get(proof["account_sid"], {})
    if "from" in proof:
        old, new = proof["from"], proof["to"]
        under = [check_log(log, account, keys, hashes) for log in (old, new)]
        roots = climb(old["length"], new["length"], proof["path"], bytes.fromhex(old["root"]), leaf=False)
        what = f"{account}: the later log does not begin with the earlier one"
        hold([root.hex() for root in roots] == [old["root"], new["root"]], what)
        print(f"{account}: the log under {under[1]} begins with all of that under {under[0]}.")
        return
    log, event, what = proof["log"], proof["hash"], f"{account}, position {proof['position']}"
    under, leaf = check_log(log, account, keys, hashes), digest(b"\0", bytes.fromhex(event))
    root = climb(proof["position"], log["length"], proof["path"], leaf, leaf=True)[1]
    hold(root.hex() == log["root"], f"{what}: its path does not lead to the root")
    hold(hashes.get(proof["position"], event) == event, f"{what}: the event exported is not the one that is proved")
    print(f"{what}: the event {event} is under {under}.")


def read(files: list[Path], mark: str) -> list[dict]:
    """Return the JSON of files, a document or one a line, each with the `mark` of its kind. Else exit status 2."""
    found = []
    for file in files:
        try:
            documents = json.loads("[" + re.sub(r"}\n+{", "},{", file.read_text()) + "]")
            found += (these := [one for document in documents for one in document.get("seals", [document])])
            wrong = [one.get("message", f"it has no {mark}") for one in these or [{}] if one.get(mark) is None]
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            wrong = [error]
        if wrong:
            print(f"{file} cannot be read, or is not what it should be: {wrong[0]}")
            raise SystemExit(2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--key", action="append", default=[], type=bytes.fromhex)
    for name in ("--export", "--seals", "--proof"):
        parser.add_argument(name, action="append", default=[], type=Path)
    asked = parser.parse_args()
    if not asked.export + asked.seals + asked.proof:
        parser.error("nothing to check: name an export, seals or a proof")
    keys = {digest(key).hex()[:32]: key for key in asked.key}
    try:
        exported = check_export(read(asked.export, "canonical"))
        check_seals(seals := sorted(read(asked.seals, "statement"), key=lambda seal: seal["n"]), keys)
        if seals:
            numbers, newest = {seal["n"] for seal in seals}, seals[-1]
            n = f"{min(numbers)} to {max(numbers)}"
            print(f"{len(numbers)} seals hold, {n}, the newest of {newest['sealed_at']}.")
            if missing := max(numbers) - min(numbers) + 1 - len(numbers):
                print(f"{missing} seals between these are not here: what is chained to them is not checked.")
        for proof in read(asked.proof, "path"):
            check_proof(proof, keys, exported)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        parser.exit(2, f"a file is not what it should be: {type(error).__name__} {error}\n")


if __name__ == "__main__":
    main()
