"""Keys of seals: how they are written, what names them, and what they sign."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from service.audit.signing import SealKeys, is_signed, key_id, read_seal_keys
from service.settings import SettingsRefused, read_settings

HEX, BASE64 = "11" * 32, "IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI="


def pem(key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_keys_are_read_in_every_form_and_sign():
    first, second = read_seal_keys(f"{HEX}, {BASE64}\n")
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(HEX))
    assert read_seal_keys(f"# mine\n{pem(private)}\n{pem(Ed25519PrivateKey.generate())}")[0].public == first.public
    assert first.id == key_id(first.public) != second.id
    assert is_signed("said", first.sign("said"), first.public)
    assert not is_signed("Said", first.sign("said"), first.public)
    assert not is_signed("said", first.sign("said"), second.public)
    assert not is_signed("said", b"", b"no key")
    assert read_seal_keys("") == ()


@pytest.mark.parametrize("name", ["seal_key", "seal_key_file"])
@pytest.mark.parametrize(
    ("text", "says"),
    [("5e", "32 random bytes"), (pem(generate_private_key(SECP256R1())), "Ed25519"), ("-----BEGIN", "Ed25519")],
)
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path, name, text, says):
    (tmp_path / "key").write_text(text)
    with pytest.raises(SettingsRefused, match=says) as refused:
        read_settings({name: text if name == "seal_key" else str(tmp_path / "key")})
    assert "cannot be" not in str(refused.value) or name == "seal_key_file"


def test_one_of_the_two_settings_is_enough(tmp_path):
    (tmp_path / "key").write_text(HEX)
    assert read_settings({"seal_key_file": str(tmp_path / "key")}).seal_keys[0].id
    with pytest.raises(SettingsRefused, match="RECORDKEEPER_SEAL_KEY is set too"):
        read_settings({"seal_key": HEX, "seal_key_file": str(tmp_path / "key")})


def test_a_key_of_the_folders_own_is_made_once_and_only_for_the_first_seal(tmp_path):
    keys = SealKeys((), tmp_path)
    assert keys.to_sign("of another key") is None
    assert (list(tmp_path.iterdir()), keys.known()) == ([], frozenset())
    made = keys.to_sign(None)
    assert keys.known() == {made.id}
    assert keys.to_sign(made.id).id == SealKeys((), tmp_path).to_sign(None).id == made.id
    assert keys.to_sign("of another key") is None
    (named,) = read_seal_keys(HEX)
    assert SealKeys((named,), tmp_path).to_sign(made.id) == named
    assert SealKeys((named,), tmp_path).known() == {named.id}
