from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hectograph.domain.adoption import Found, Verdict, Wanted, decide_adoption
from hectograph.domain.ids import DeliveryKey, ShareId, WishKey
from hectograph.domain.stamp import Stamp

from ..builders import A_DAY, EIGHT, a_share_id

KEY = DeliveryKey(share=a_share_id(1), position=3)
OTHER = DeliveryKey(share=a_share_id(2), position=3)
WISH = WishKey("0123456789abcdef0123")
ANOTHER_WISH = WishKey("f" * 20)


def wanted(*, tried=None, since=EIGHT - A_DAY):
    return Wanted(key=KEY, wish=WISH, first_tried_at=tried, adopts_since=since)


def stamped(key=KEY, wish=WISH, asked_at=EIGHT):
    stamp = Stamp(key=key, wish=wish, asked_at=asked_at)
    return Found(stamp=stamp, born_at=EIGHT, same_content=None, has_wanted_name=False)


def bare(*, born_at=EIGHT, same=False, name=True):
    return Found(stamp=None, born_at=born_at, same_content=same, has_wanted_name=name)


@pytest.mark.parametrize(
    ("want", "found", "verdict"),
    [
        (wanted(), stamped(), Verdict.OURS),
        (wanted(since=None), stamped(), Verdict.OURS),
        (wanted(), stamped(OTHER), Verdict.OURS),
        (wanted(), stamped(OTHER, ANOTHER_WISH), Verdict.STRANGER),
        (wanted(since=None), stamped(OTHER), Verdict.STRANGER),
        (wanted(), stamped(OTHER, asked_at=EIGHT - 2 * A_DAY), Verdict.STRANGER),
        (wanted(), bare(), Verdict.STRANGER),
        (wanted(tried=EIGHT), bare(same=True), Verdict.OURS),
        (wanted(tried=EIGHT), bare(same=False), Verdict.TOUCHED),
        (wanted(tried=EIGHT), bare(same=None), Verdict.TOUCHED),
        (wanted(tried=EIGHT), bare(same=True, name=False), Verdict.STRANGER),
        (wanted(tried=EIGHT), bare(born_at=EIGHT - A_DAY), Verdict.STRANGER),
        (wanted(tried=EIGHT), bare(born_at=EIGHT - timedelta(seconds=1)), Verdict.TOUCHED),
    ],
)
def test_the_verdict(want, found, verdict):
    assert decide_adoption(want, found) is verdict


IDS = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=10, max_size=10).map(ShareId)
HEX = st.text("0123456789abcdef", min_size=20, max_size=20).map(WishKey)


@given(IDS, st.integers(0, 10**6), HEX, st.integers(0, 2**33))
def test_a_stamp_reads_back_and_fits_beside_the_inode(share, position, wish, seconds):
    stamp = Stamp(
        key=DeliveryKey(share=share, position=position),
        wish=wish,
        asked_at=EIGHT.fromtimestamp(seconds, EIGHT.tzinfo),
    )

    assert Stamp.parse(stamp.text()) == stamp
    assert len(stamp.text()) <= 56


@given(st.text())
def test_what_is_no_stamp_is_none(text):
    assume(text.count(".") != 4)

    assert Stamp.parse(text) is None
