"""Guests, accounts and sessions."""

import pytest
from house import House, Visitor

from voicehub.errors import InputError, LimitError, NotFoundError
from voicehub.services.passwords import hash_password, new_token, password_matches, token_hash


def test_a_guest_is_known_by_the_token_alone(house: House) -> None:
    user, token = house.accounts.guest()
    assert (user.kind, house.accounts.by_token(token)) == ("guest", user)
    for wrong in (None, "", token[:-1], token_hash(token)):
        assert house.accounts.by_token(wrong) is None
    house.accounts.logout(token)
    assert house.accounts.by_token(token) is None


def test_a_browser_keeps_the_token_it_was_given(house: House) -> None:
    given = new_token()
    user, token = house.accounts.guest(given)
    assert token == given
    assert house.accounts.guest(given) == (user, given)  # two first requests at once
    with pytest.raises(InputError, match="cookie"):
        house.accounts.guest("short")


def test_a_guest_who_registers_keeps_everything(house: House, ada: Visitor) -> None:
    user, token = house.accounts.register("Ada L.", "correct horse", ada.user)
    assert (user.id, user.kind, user.expires) == (ada.user.id, "local", None)
    assert house.accounts.by_token(ada.token) is None  # the token from before is worth nothing
    assert [each.id for each in house.samples.list(user)] == [ada.sample.id]
    assert house.samples.list(user)[0].expires is None
    again, second = house.accounts.login("ada l.", "correct horse")
    assert again.id == user.id
    assert second != token
    with pytest.raises(InputError, match="already"):
        house.accounts.register("ADA L.", "another password")


def test_what_a_guest_made_moves_to_the_account_they_log_in_to(house: House, ada: Visitor) -> None:
    account, _ = house.accounts.register("Ada", "correct horse")
    user, _ = house.accounts.login("Ada", "correct horse", ada.user)
    assert user.id == account.id
    assert [each.id for each in house.samples.list(user)] == [ada.sample.id]
    assert house.samples.file(user, ada.sample.id).is_file()
    assert house.library.storage_bytes(user) > 0
    assert house.consents.of_user(user)[0].id == ada.consent.id


def test_wrong_names_and_passwords_sound_the_same_and_are_few(house: House) -> None:
    house.accounts.register("Ada", "correct horse")
    said = set()
    for name, password in (("Ada", "wrong horse"), ("Nobody", "correct horse")):
        with pytest.raises(InputError) as caught:
            house.accounts.login(name, password)
        said.add(str(caught.value))
    assert len(said) == 1
    for _ in range(4):
        with pytest.raises(InputError):
            house.accounts.login("ADA", "wrong")
    with pytest.raises(LimitError, match="5 in 15 minutes"):
        house.accounts.login("Ada", "correct horse")


@pytest.mark.parametrize(
    ("name", "password"),
    [("Al", "correct horse"), ("x" * 41, "correct horse"), ("a/b", "correct horse"),
     ("Ada", "short"), ("Ada", "x" * 257)],
)  # fmt: skip
def test_accounts_that_are_refused(house: House, name: str, password: str) -> None:
    with pytest.raises(InputError, match="needs"):
        house.accounts.register(name, password)


def test_hugging_face_users_are_known_by_their_subject(house: House, ada: Visitor) -> None:
    user, _ = house.accounts.hf_login("42", "ada", ada.user)
    assert (user.id, user.kind) == (ada.user.id, "hf")
    renamed, token = house.accounts.hf_login("42", "countess")
    assert (renamed.id, renamed.name) == (user.id, "countess")
    assert house.accounts.by_token(token) == renamed
    other, _ = house.accounts.hf_login("43", "countess")
    assert other.id != user.id
    with pytest.raises(InputError):
        house.accounts.hf_login("", "nobody")


def test_a_deleted_account_is_gone(house: House) -> None:
    user, token = house.accounts.register("Ada", "correct horse")
    assert house.accounts.delete_account(user).action == "account"
    assert house.accounts.by_token(token) is None
    with pytest.raises(InputError):
        house.accounts.login("Ada", "correct horse")
    with pytest.raises(NotFoundError):
        house.accounts.delete_account(user)
    with pytest.raises(InputError, match="operator"):
        house.accounts.delete_account(house.runtime.operator)


def test_passwords_are_kept_as_slow_hashes() -> None:
    stored = hash_password("Ａｄａ's password")  # full width letters are the same keys
    assert stored.startswith("$argon2id$")
    assert password_matches(stored, "Ada's password")
    assert not password_matches(stored, "ada's password")
    assert not password_matches(None, "Ada's password")
    assert not password_matches("no hash", "Ada's password")
