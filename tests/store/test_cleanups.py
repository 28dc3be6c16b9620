"""Clean-ups on the real database: each move with its delivery, its share, its entry."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from hectograph.domain.cleanup import Cleanup, Purpose
from hectograph.domain.correction import build_correction
from hectograph.domain.delivery import DeliveryState
from hectograph.domain.errors import (
    IllegalTransition,
    LaneLost,
    UnknownCleanup,
    UnknownShare,
    Withdrawn,
)
from hectograph.domain.ids import CleanupId, cleanup_id_from
from hectograph.domain.removal import RemovalState, reason_for
from hectograph.domain.share import ShareState
from hectograph.domain.touch import Judgement, Sign
from hectograph.ports.cleanups import Scope
from hectograph.store.cleanups import PostgresCleanups
from hectograph.store.ledger import PostgresLedger

from ..builders import (
    A_DAY,
    ACCOUNT,
    EIGHT,
    LONG_AGO,
    FakeQueue,
    a_handout,
    a_plan,
    a_receipt,
    a_share_id,
    settle,
)

R = RemovalState
D = DeliveryState
LATER = EIGHT + timedelta(minutes=5)
EDITED = Judgement(signs=(Sign.EDITED,))


@pytest.fixture
def queue():
    return FakeQueue()


@pytest.fixture
def ledger(empty_database, queue):
    yield PostgresLedger(queue=queue)
    connection.close()


@pytest.fixture
def cleanups(ledger, queue):
    return PostgresCleanups(queue=queue)


@pytest.fixture
def lane(ledger, queue):
    return ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)


def an_id(number=1):
    return cleanup_id_from(bytes([number] * 10))


def path_of(delivery):
    return f"/school/{'/'.join(delivery.folder)}/{delivery.name}"


def delivered(ledger, lane, *students, number=1, **kwargs):
    """A share whose students all have their copies."""
    plan = a_plan(*students, number=number, **kwargs)
    share, _ = ledger.add(plan, joins_since=LONG_AGO)
    claims = ledger.claim(lane, limit=99, now=EIGHT)
    settled = [settle(each, a_receipt(path_of(each.delivery))) for each in claims]
    ledger.record(lane, settled, now=EIGHT)
    return share.id


def recall(cleanups, share, number=1, now=LATER):
    return cleanups.recall(share, cleanup=an_id(number), by="ada", now=now)


def carry(cleanups, lane, move, now=LATER):
    """Have everything that is due moved on."""
    due = cleanups.list_due(lane, limit=99, now=now)
    cleanups.record(lane, due, [move(each) for each in due], now=now)
    return due


def remove(removal):
    return removal.removed("quarantine/1", now=LATER)


def states(ledger, share):
    return [each.state for each in ledger.deliveries(share)]


def removals(cleanups, cleanup):
    return [each.state for each in cleanups.cleanup(cleanup)[1]]


def test_a_recall_asks_for_every_copy_and_wakes_the_lane(ledger, cleanups, lane, queue):
    share = delivered(ledger, lane, "Ada", "Bob")
    queue.woken.clear()

    cleanup = recall(cleanups, share)

    assert removals(cleanups, cleanup) == [R.ASKED, R.ASKED]
    assert ledger.share(share).state is ShareState.RECALLED
    assert queue.woken == [ACCOUNT]
    first = cleanups.cleanup(cleanup)[1][0]
    assert (first.original.folder, first.original.name) == (("Ada",), "Essay - Ada.docx")
    assert first.original.evidence == a_receipt().evidence


def test_what_is_removed_is_recalled_and_what_stays_is_kept(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada", "Bob")
    cleanup = recall(cleanups, share)

    def settle_one(removal):
        if removal.key.position:
            return removal.kept(reason_for(EDITED))
        return remove(removal)

    carry(cleanups, lane, settle_one)

    assert removals(cleanups, cleanup) == [R.REMOVED, R.KEPT]
    assert states(ledger, share) == [D.RECALLED, D.KEPT]


def test_what_comes_back_by_itself_is_kept(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    recall(cleanups, share)
    carry(cleanups, lane, remove)

    in_time = LATER + timedelta(minutes=2)
    carry(
        cleanups,
        lane,
        lambda each: each.returned("/school/Ada/new.docx", judgement=EDITED),
        now=in_time,
    )

    (delivery,) = ledger.deliveries(share)
    assert (delivery.state, delivery.path) == (D.KEPT, "/school/Ada/new.docx")


def test_undo_asks_for_everything_back_and_the_share_is_complete_again(
    ledger, cleanups, lane
):
    share = delivered(ledger, lane, "Ada", "Bob")
    cleanup = recall(cleanups, share)
    carry(cleanups, lane, remove)

    number = cleanups.undo(cleanup, by="ada", now=LATER)
    carry(cleanups, lane, lambda each: each.returned(each.path))

    assert number == 2
    assert states(ledger, share) == [D.VERIFIED, D.VERIFIED]
    assert ledger.share(share).state is ShareState.COMPLETE
    assert cleanups.find_recall(share) is None


def test_an_undo_that_overtakes_a_removal_wins(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    cleanup = recall(cleanups, share)
    due = cleanups.list_due(lane, limit=9, now=LATER)

    cleanups.undo(cleanup, by="ada", now=LATER)
    cleanups.record(lane, due, [remove(each) for each in due], now=LATER)

    assert removals(cleanups, cleanup) == [R.RETURNING]
    assert states(ledger, share) == [D.VERIFIED]


def test_recalling_twice_is_one_recall(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")

    first, second = recall(cleanups, share, 1), recall(cleanups, share, 2)

    assert first == second
    assert len(cleanups.cleanup(first)[1]) == 1


def test_a_share_can_be_recalled_again_after_an_undo(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    first = recall(cleanups, share, 1)
    carry(cleanups, lane, remove)
    cleanups.undo(first, by="ada", now=LATER)

    second = recall(cleanups, share, 2)
    before = removals(cleanups, second)
    carry(cleanups, lane, remove)

    # The copy was still on its way back: the undo stops, and the first recall goes on.
    assert second == first
    assert before == [R.ASKED]
    assert states(ledger, share) == [D.RECALLED]


def test_a_recall_that_overtakes_an_undo_asks_for_what_is_back_already(
    ledger, cleanups, lane
):
    share = delivered(ledger, lane, "Ada", "Bob")
    first = recall(cleanups, share, 1)
    carry(cleanups, lane, remove)
    cleanups.undo(first, by="ada", now=LATER)
    due = cleanups.list_due(lane, limit=1, now=LATER)
    cleanups.record(lane, due, [each.returned(each.path) for each in due], now=LATER)

    second = recall(cleanups, share, 2)
    carry(cleanups, lane, remove)

    assert second == first
    assert removals(cleanups, first) == [R.RETURNED, R.REMOVED, R.REMOVED]
    assert states(ledger, share) == [D.RECALLED, D.RECALLED]


def test_where_a_copy_came_back_is_known_though_its_going_was_not(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    cleanup = recall(cleanups, share)  # carried by a worker that died before it said so
    cleanups.undo(cleanup, by="ada", now=LATER)

    carry(cleanups, lane, lambda each: each.returned("/school/Ada/Essay - Ada (2).docx"))

    (delivery,) = ledger.deliveries(share)
    assert delivery.state is D.VERIFIED
    assert delivery.path == "/school/Ada/Essay - Ada (2).docx"


def test_a_share_can_be_recalled_anew_once_an_undo_is_done(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    first = recall(cleanups, share, 1)
    carry(cleanups, lane, remove)
    cleanups.undo(first, by="ada", now=LATER)
    carry(cleanups, lane, lambda each: each.returned(each.path))

    second = recall(cleanups, share, 2)

    assert second != first
    assert removals(cleanups, second) == [R.ASKED]


def test_a_share_that_runs_is_stopped_and_what_arrives_late_goes_too(
    ledger, cleanups, lane
):
    share, _ = ledger.add(a_plan("Ada", "Bob"), joins_since=LONG_AGO)
    (claim,) = ledger.claim(lane, limit=1, now=EIGHT)

    cleanup = recall(cleanups, share.id)
    stopped = states(ledger, share.id), removals(cleanups, cleanup)
    settled = settle(claim, a_receipt(path_of(claim.delivery)))
    ledger.record(lane, [settled], now=LATER)

    assert stopped == ([D.PLACING, D.CANCELLED], [])
    assert removals(cleanups, cleanup) == [R.ASKED]
    assert ledger.share(share.id).state is ShareState.RECALLED
    assert ledger.share(share.id).open == 0


def test_a_recalled_share_is_claimed_as_withdrawn(ledger, cleanups, lane):
    share, _ = ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
    ledger.claim(lane, limit=1, now=EIGHT)
    lane = ledger.begin_lane(ACCOUNT, job=2, now=EIGHT)  # the worker died

    recall(cleanups, share.id)
    (claim,) = ledger.claim(lane, limit=1, now=LATER)

    assert claim.withdrawn


def test_a_copy_that_another_share_counts_as_its_own_stays(ledger, cleanups, lane):
    first = delivered(ledger, lane, "Ada", number=1)
    second = delivered(ledger, lane, "Ada", "Bob", number=2)

    cleanup = recall(cleanups, first, 1)
    (kept,) = cleanups.cleanup(cleanup)[1]
    then = recall(cleanups, second, 2)

    assert (kept.state, kept.reason.code) == (R.KEPT, "shared")
    assert removals(cleanups, then) == [R.ASKED, R.ASKED]


def test_a_recalled_share_is_not_joined(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada", number=1)
    recall(cleanups, share)

    again, joined = ledger.add(a_plan("Ada", number=2), joins_since=LONG_AGO)

    assert not joined
    assert again.id == a_share_id(2)


def test_a_lane_that_was_taken_over_changes_nothing(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    cleanup = recall(cleanups, share)
    ledger.begin_lane(ACCOUNT, job=2, now=EIGHT)

    with pytest.raises(LaneLost):
        carry(cleanups, lane, remove)

    assert removals(cleanups, cleanup) == [R.ASKED]


def test_what_was_removed_is_due_again_when_it_is_to_be_looked_at(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    recall(cleanups, share)
    carry(cleanups, lane, remove)

    soon = cleanups.list_due(lane, limit=9, now=LATER + timedelta(seconds=59))
    due = cleanups.list_due(lane, limit=9, now=LATER + timedelta(seconds=60))

    assert (len(soon), len(due)) == (0, 1)


def test_a_lane_is_woken_for_a_look_that_is_due(ledger, cleanups, lane, queue):
    share = delivered(ledger, lane, "Ada")
    recall(cleanups, share)
    carry(cleanups, lane, remove)
    queue.woken.clear()

    ledger.wake_due(now=LATER + timedelta(seconds=61), silent_since=LONG_AGO)

    assert queue.woken == [ACCOUNT]


def test_a_plan_does_nothing_until_it_is_applied(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada", "Bob")
    rows = cleanups.cleanup(recall(cleanups, share))[1]
    plan = Cleanup(
        id=an_id(5),
        purpose=Purpose.LEFTOVER,
        subject="everything",
        asked_at=EIGHT,
        asked_by="ada",
    )
    carry(cleanups, lane, remove)
    proposed = [
        replace(
            each,
            key=replace(each.key, cleanup=plan.id),
            state=R.PROPOSED,
            due_at=None,
            delivery=None,
        )
        for each in rows
    ]

    cleanups.add(plan, proposed)
    before = cleanups.list_due(lane, limit=9, now=LATER)
    number = cleanups.apply(plan.id, by="ada", now=LATER)

    assert before == []
    assert number == 2
    assert len(cleanups.list_due(lane, limit=9, now=LATER)) == 2


def test_everything_stands_in_the_audit_log_without_a_name(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada Lovelace")
    cleanup = recall(cleanups, share)
    carry(cleanups, lane, remove)
    cleanups.undo(cleanup, by="bob", now=LATER)

    entries = cleanups.audit(subject=share, limit=9)

    assert [(each.act, each.by) for each in entries] == [
        ("recall.undone", "bob"),
        ("removal.removed", None),
        ("share.recalled", "ada"),
    ]
    assert entries[1].facts["before"]["inode"] == a_receipt().evidence.inode
    assert entries[1].undo == f"hectograph cleanup undo {cleanup}"
    assert "Lovelace" not in repr(entries)


def test_shares_and_accounts_are_found_by_their_scope(ledger, cleanups, lane):
    ours = delivered(ledger, lane, "Ada", number=1, school_class="7b")
    delivered(ledger, lane, "Bob", number=2)

    assert cleanups.list_shares(Scope(school_class="7b")) == {ours}
    assert cleanups.list_shares(Scope(share=ours)) == {ours}
    assert cleanups.list_shares(Scope()) is None
    assert cleanups.list_accounts(Scope(share=ours)) == [ACCOUNT]


def test_what_is_not_there_is_said(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    cleanup = recall(cleanups, share)
    cleanups.undo(cleanup, by="ada", now=LATER)

    with pytest.raises(UnknownCleanup):
        cleanups.cleanup(CleanupId("nothing"))
    with pytest.raises(UnknownShare):
        recall(cleanups, a_share_id(9))
    with pytest.raises(IllegalTransition):
        cleanups.undo(cleanup, by="ada", now=LATER + A_DAY)


def corrected(ledger, cleanups, share, number=2):
    """A better version of a share is sent; the clean-up and the new share."""
    plan = build_correction(
        ledger.share(share),
        ledger.deliveries(share),
        a_handout("Better.md", content="better"),
        share_id=a_share_id(number),
        asked_at=LATER,
    )
    cleanups.correct(share, plan, cleanup=an_id(number), by="ada", now=LATER)
    return an_id(number), plan.share.id


def test_a_correction_begins_once_the_first_version_is_settled(
    ledger, cleanups, lane, queue
):
    share = delivered(ledger, lane, "Ada", "Bob")

    _, better = corrected(ledger, cleanups, share)
    before = ledger.share(better).state, ledger.claim(lane, limit=9, now=LATER)
    queue.woken.clear()
    carry(cleanups, lane, remove)

    assert before == (ShareState.SCHEDULED, [])
    assert ledger.share(better).state is ShareState.RUNNING
    assert queue.woken == [ACCOUNT]
    assert [each.name for each in ledger.deliveries(better)] == [
        "Essay - Ada.md",
        "Essay - Bob.md",
    ]


def test_beside_a_copy_that_stays_the_corrected_one_says_what_it_is(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada", "Bob")
    _, better = corrected(ledger, cleanups, share)

    carry(
        cleanups,
        lane,
        lambda each: remove(each) if each.key.position else each.kept(reason_for(EDITED)),
    )

    assert [each.name for each in ledger.deliveries(better)] == [
        "Essay - Ada (corrected).md",
        "Essay - Bob.md",
    ]


def test_a_correction_waits_for_what_is_still_under_way(ledger, cleanups, lane):
    share, _ = ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
    (claim,) = ledger.claim(lane, limit=1, now=EIGHT)

    _, better = corrected(ledger, cleanups, share.id)
    waiting = ledger.share(better).state
    gone = settle(claim, Withdrawn("No copy was made."))
    ledger.record(lane, [gone], now=LATER)

    assert waiting is ShareState.SCHEDULED
    assert ledger.share(better).state is ShareState.RUNNING


def test_a_correction_that_is_undone_before_it_begins_is_called_off(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    cleanup, better = corrected(ledger, cleanups, share)

    cleanups.undo(cleanup, by="ada", now=LATER)
    carry(cleanups, lane, lambda each: each.returned(each.path))

    assert ledger.share(better).state is ShareState.CANCELLED
    assert states(ledger, better) == [D.CANCELLED]
    assert ledger.share(share).state is ShareState.COMPLETE


def test_a_recalled_share_cannot_be_corrected(ledger, cleanups, lane):
    share = delivered(ledger, lane, "Ada")
    recall(cleanups, share)

    with pytest.raises(IllegalTransition):
        corrected(ledger, cleanups, share)

    assert len(cleanups.list_cleanups(limit=9)) == 1


def test_nothing_is_taken_away_while_everything_is_halted(ledger, cleanups, lane):
    recall(cleanups, delivered(ledger, lane, "Ada"))
    ledger.halt("a move", by="root", now=LATER)
    halted = cleanups.list_due(lane, limit=9, now=LATER)

    ledger.resume(by="root", now=LATER)

    assert halted == []
    assert len(cleanups.list_due(lane, limit=9, now=LATER)) == 1


def test_who_halted_everything_stands_in_the_audit_log(ledger, cleanups):
    ledger.halt("a move", by="root", now=EIGHT)
    ledger.halt("a longer move", by="ops", now=LATER)
    ledger.resume(by="ops", now=LATER)
    ledger.resume(by="ops", now=LATER)

    entries = cleanups.audit(subject="installation", limit=9)

    assert [(each.act, each.by, each.facts["reason"]) for each in entries] == [
        ("installation.resumed", "ops", "a longer move"),
        ("installation.paused", "ops", "a longer move"),
        ("installation.paused", "root", "a move"),
    ]
    assert entries[-1].undo == "hectograph resume"


def test_folders_that_went_are_counted_in_the_audit_log_and_not_named(cleanups):
    cleanups.note_folders(ACCOUNT, 3, now=EIGHT)

    (entry,) = cleanups.audit(subject=ACCOUNT, limit=9)

    assert (entry.act, entry.by, entry.undo) == ("folders.removed", None, None)
    assert entry.facts == {"number": 3}
