"""The staff's tables."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Person(AbstractBaseUser):
    """Somebody of the staff; with a password, unless they sign in elsewhere.

    `digest_since` is when they asked for a mail a day; NULL if they do not want it.
    """

    email = models.TextField(unique=True)
    name = models.TextField()
    role = models.TextField()
    school = models.TextField()
    language = models.TextField(default="", db_default="")
    is_active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField()
    digest_since = models.DateTimeField(null=True)

    objects: ClassVar = BaseUserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        db_table = "person"


class Invitation(models.Model):
    """A link by which somebody gets in once; of the link only a digest is kept."""

    token_sha256 = models.TextField(primary_key=True)
    email = models.TextField()
    role = models.TextField()
    school = models.TextField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "invitation"


class ApiToken(models.Model):
    """A token by which a program acts for somebody; of it only a digest is kept."""

    token_sha256 = models.TextField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    name = models.TextField()
    scopes = models.TextField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_token"


class ApiAnswer(models.Model):
    """What a program asked for under a key, as digests; and what was answered."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    key_sha256 = models.TextField()
    body_sha256 = models.TextField()
    answer = models.TextField(null=True)
    begun_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "api_answer"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "key_sha256"], name="one_answer_for_each_key"
            )
        ]


class Digest(models.Model):
    """The mail of a day for somebody: begun once, whatever became of it.

    `told_until` is up to when it told, or had nothing to tell; the next begins there.
    """

    pk = models.CompositePrimaryKey("person_id", "day")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    state = models.TextField()
    at = models.DateTimeField()
    told_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest"
