"""A mail server is named by one address."""

import pytest

from hectograph.domain.mail_server import MailServer, Security


def test_an_address_has_all_there_is():
    found = MailServer.parse("smtps://me%40school.test:p%2Fw@mail.school.test:4650")

    assert found == MailServer(
        security=Security.TLS,
        host="mail.school.test",
        port=4650,
        user="me@school.test",
        password="p/w",
    )
    assert "p/w" not in repr(found)


@pytest.mark.parametrize(
    ("text", "port"), [("smtp://h", 587), ("smtps://h/", 465), ("smtp+plain://h", 25)]
)
def test_each_kind_has_its_port(text, port):
    assert MailServer.parse(text).port == port


@pytest.mark.parametrize("text", ["mail", "https://h", "smtp://", "smtp://a:secret@h/x"])
def test_what_is_none_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match=r"take|behind") as refused:
        MailServer.parse(text)

    assert "secret" not in str(refused.value)
