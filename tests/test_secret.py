"""The installation's key, and what it seals."""

from hectograph.secret import Seal, secret_key


def seal(key="one", purpose="webhooks"):
    return Seal(key=lambda: key, purpose=purpose)


def test_what_was_sealed_is_found_with_the_same_key_and_purpose_alone():
    sealed = seal().close("whsec_x")

    assert "whsec" not in sealed
    assert seal().find(sealed) == "whsec_x"
    assert seal(key="another").find(sealed) is None
    assert seal(purpose="digest").find(sealed) is None
    assert seal().find(sealed[:-4] + "AAAA") is None
    assert seal().find("nonsense") is None


def test_the_key_is_asked_only_when_it_is_needed():
    Seal(key=lambda: 1 / 0, purpose="x")  # type: ignore[arg-type, return-value]


def test_one_is_made_and_kept_for_its_owner_alone(tmp_path):
    made = secret_key(None, data_dir=tmp_path / "data")

    assert made == secret_key(None, data_dir=tmp_path / "data")
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert secret_key("named", data_dir=tmp_path) == "named"
