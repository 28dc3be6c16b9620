"""What every Provider must do. A provider's test subclasses it and fills the fixture."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from hectograph.domain.errors import DocumentRefused, LaneLost, ProviderError, Withdrawn
from hectograph.domain.stamp import Stamp
from hectograph.ports.provider import CopyOrder

from ..builders import EIGHT, a_plan, a_share_id


class Rig:
    """A provider with what a test needs to know about it. Subclasses know a drive."""

    def __init__(self, provider):
        self.provider = provider

    def write_document(self, name, content): ...
    def write(self, folder, name, content): ...
    def read(self, path): ...
    def names(self, *folder): ...
    def replace_by_saving(self, path, content): ...
    def forbid(self): ...


def run(awaitable):
    return asyncio.run(awaitable)


class Orders:
    """Makes orders for a rig's provider."""

    def freeze(self, rig, name="Essay.docx", content="essay", share=None):
        path = rig.write_document(name, content)
        share = share or a_share_id()
        handouts = run(rig.provider.describe([path]))
        run(rig.provider.freeze([path], handouts, share=share))
        return handouts[0]

    def order(self, handout, *, share=None, student="Ada", position=0, **kwargs):
        plan = a_plan(student, handouts=[handout])
        delivery = plan.deliveries[0]
        key = replace(delivery.key, share=share or delivery.key.share, position=position)
        order = CopyOrder(
            stamp=Stamp(key=key, wish=delivery.wish, asked_at=EIGHT),
            folder=delivery.folder,
            name=delivery.name,
            handout=handout,
            source=0,
            first_tried_at=None,
            adopts_since=EIGHT - timedelta(days=1),
        )
        return replace(order, **kwargs)


class ProviderContract(Orders):
    def test_a_document_is_described_with_its_content(self, rig):
        one = rig.write_document("One.docx", "one")
        two = rig.write_document("Two.docx", "two")

        handouts = run(rig.provider.describe([one, two]))

        assert [each.title for each in handouts] == ["One.docx", "Two.docx"]
        assert [each.size_bytes for each in handouts] == [3, 3]
        assert handouts[0].sha256 != handouts[1].sha256

    def test_a_missing_document_is_refused(self, rig):
        path = rig.write_document("One.docx", "one")

        with pytest.raises(DocumentRefused):
            run(rig.provider.describe([path.with_name("None.docx")]))

    def test_a_document_that_changed_since_is_refused_and_not_kept(self, rig):
        path = rig.write_document("One.docx", "one")
        handouts = run(rig.provider.describe([path]))
        rig.write_document("One.docx", "two")

        with pytest.raises(DocumentRefused):
            run(rig.provider.freeze([path], handouts, share=a_share_id()))
        later = EIGHT + timedelta(days=10_000)
        assert list(run(rig.provider.list_frozen(before=later))) == []

    def test_a_copy_is_placed_whole_under_its_name(self, rig):
        receipt = run(rig.provider.place(self.order(self.freeze(rig))))

        assert rig.names("Ada") == ["Essay - Ada.docx"]
        assert rig.read(receipt.path) == "essay"
        assert not receipt.found
        assert not receipt.touched
        assert receipt.evidence.size_bytes == 5

    def test_placing_twice_places_once(self, rig):
        order = self.order(self.freeze(rig))

        first = run(rig.provider.place(order))
        second = run(rig.provider.place(replace(order, first_tried_at=EIGHT)))

        assert rig.names("Ada") == ["Essay - Ada.docx"]
        assert (second.path, second.found, second.touched) == (first.path, True, False)

    def test_placing_twice_at_once_places_once(self, rig):
        order = self.order(self.freeze(rig))

        async def both():
            return await asyncio.gather(
                rig.provider.place(order), rig.provider.place(order)
            )

        first, second = run(both())

        assert rig.names("Ada") == ["Essay - Ada.docx"]
        assert first.path == second.path

    def test_a_strangers_file_is_never_overwritten(self, rig):
        rig.write(("Ada",), "Essay - Ada.docx", "my own work")

        receipt = run(rig.provider.place(self.order(self.freeze(rig))))

        assert rig.names("Ada") == ["Essay - Ada (2).docx", "Essay - Ada.docx"]
        assert rig.read(receipt.path) == "essay"

    def test_a_name_that_differs_only_in_case_is_taken(self, rig):
        rig.write(("Ada",), "ESSAY - ada.DOCX", "my own work")

        run(rig.provider.place(self.order(self.freeze(rig))))

        assert rig.names("Ada") == ["ESSAY - ada.DOCX", "Essay - Ada (2).docx"]

    def test_an_edited_copy_is_found_and_left_as_it_is(self, rig):
        order = self.order(self.freeze(rig))
        first = run(rig.provider.place(order))
        rig.write(("Ada",), "Essay - Ada.docx", "essay, and my answer")

        again = run(rig.provider.place(replace(order, first_tried_at=EIGHT)))

        assert (again.path, again.touched) == (first.path, True)
        assert rig.names("Ada") == ["Essay - Ada.docx"]
        assert rig.read(first.path) == "essay, and my answer"

    def test_a_copy_saved_by_replacing_counts_as_ours(self, rig):
        order = self.order(self.freeze(rig))
        first = run(rig.provider.place(order))
        rig.replace_by_saving(first.path, "essay, and my answer")

        again = run(rig.provider.place(replace(order, first_tried_at=EIGHT)))

        assert again.touched
        assert rig.names("Ada") == ["Essay - Ada.docx"]

    def test_a_copy_of_the_same_wish_is_adopted_from_another_share(self, rig):
        handout = self.freeze(rig)
        self.freeze(rig, share=a_share_id(2))
        first = run(rig.provider.place(self.order(handout)))

        second = run(rig.provider.place(self.order(handout, share=a_share_id(2))))

        assert (second.path, second.found) == (first.path, True)

    def test_new_copies_stand_beside_the_old_when_they_were_asked_for(self, rig):
        handout = self.freeze(rig)
        self.freeze(rig, share=a_share_id(2))
        run(rig.provider.place(self.order(handout)))

        again = self.order(handout, share=a_share_id(2), adopts_since=None)
        run(rig.provider.place(again))

        assert rig.names("Ada") == ["Essay - Ada (2).docx", "Essay - Ada.docx"]

    def test_another_document_of_the_same_name_is_another_copy(self, rig):
        run(rig.provider.place(self.order(self.freeze(rig))))
        other = self.freeze(rig, content="another essay", share=a_share_id(2))

        run(rig.provider.place(self.order(other, share=a_share_id(2))))

        assert rig.names("Ada") == ["Essay - Ada (2).docx", "Essay - Ada.docx"]

    def test_every_student_gets_the_revision_that_was_frozen(self, rig):
        handout = self.freeze(rig)
        rig.write_document("Essay.docx", "changed since")

        receipt = run(rig.provider.place(self.order(handout)))

        assert rig.read(receipt.path) == "essay"

    def test_nothing_is_placed_without_a_permit(self, rig):
        order = self.order(self.freeze(rig))
        rig.forbid()

        with pytest.raises(LaneLost):
            run(rig.provider.place(order))

        assert rig.names("Ada") == []

    def test_a_share_whose_documents_were_let_go_makes_no_copies(self, rig):
        order = self.order(self.freeze(rig))
        run(rig.provider.thaw(order.stamp.key.share))
        run(rig.provider.thaw(order.stamp.key.share))

        with pytest.raises(ProviderError):
            run(rig.provider.place(order))

    def test_stamped_copies_can_be_listed(self, rig):
        order = self.order(self.freeze(rig))
        receipt = run(rig.provider.place(order))
        rig.write(("Ada",), "Diary.docx", "dear diary")

        (sighting,) = run(rig.provider.list_stamped())

        assert sighting.stamp == order.stamp
        assert (sighting.path, sighting.folder) == (receipt.path, ("Ada",))

    def test_a_stamped_copy_can_be_looked_at_and_is_told_when_it_is_another(self, rig):
        order = self.order(self.freeze(rig))
        receipt = run(rig.provider.place(order))
        (sighting,) = run(rig.provider.list_stamped())
        stranger = replace(sighting.stamp, key=replace(order.stamp.key, position=9))

        found = run(rig.provider.examine(sighting))
        other = run(rig.provider.examine(replace(sighting, stamp=stranger)))
        missing = run(rig.provider.examine(replace(sighting, name="None.docx")))

        assert (found.path, found.original.evidence) == (receipt.path, receipt.evidence)
        assert other is None
        assert missing is None

    def test_an_order_that_only_finds_makes_nothing(self, rig):
        order = self.order(self.freeze(rig))

        with pytest.raises(Withdrawn):
            run(rig.provider.place(replace(order, finds_only=True, first_tried_at=EIGHT)))

        assert rig.names("Ada") == []

    def test_an_order_that_only_finds_finds_what_was_made(self, rig):
        order = self.order(self.freeze(rig))
        made = run(rig.provider.place(order))

        found = run(
            rig.provider.place(replace(order, finds_only=True, first_tried_at=EIGHT))
        )

        assert (found.path, found.found) == (made.path, True)

    def test_check_leaves_nothing_behind(self, rig):
        run(rig.provider.check())

        assert rig.names() == []
