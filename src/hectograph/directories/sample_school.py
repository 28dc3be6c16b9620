"""A sample school: a class of 28, a folder each, and a real document to share."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

CLASS: Final = "7B"

STUDENTS: Final = (
    *("Amina Yusuf", "Anna Lindqvist", "Beatriz Nunes", "Björn Sørensen", "Chiara Rossi"),
    *("Chloé Dubois", "Daniel Kowalski", "Elif Yıldız", "Emeka Okafor", "Fatima Haddad"),
    *(
        "Finn O'Connor",
        "Giorgos Papadakis",
        "Hana Nováková",
        "Ines García",
        "Jakub Zieliński",
    ),
    *("Kenji Tanaka", "Lina Müller", "Linh Nguyễn", "Mateo Fernández", "Maya Cohen"),
    *("Noor van Dijk", "Olena Kovalenko", "Priya Sharma", "Samuel Osei", "Sofia Ivanova"),
    *("Thabo Mokoena", "Wei Zhang", "Zoë Baker"),
)

TITLE: Final = "The water cycle.docx"

PARAGRAPHS: Final = (
    ("Title", "The water cycle"),
    ("Normal", "Name: ______________________     Date: ______________"),
    ("Heading1", "What you know"),
    ("Normal", "1. Where does the water in a cloud come from?"),
    ("Normal", ""),
    ("Normal", "2. Draw the way of one drop from the sea to your kitchen tap."),
    ("Normal", ""),
    ("Heading1", "What you found out"),
    ("Normal", "3. Which step surprised you, and why?"),
    ("Normal", ""),
)

WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

CONTENT_TYPES: Final = (
    f'{HEADER}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>'
)
ROOT_RELATIONS: Final = (
    f'{HEADER}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)
DOCUMENT_RELATIONS: Final = (
    f'{HEADER}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
STYLES: Final = (
    f'{HEADER}<w:styles xmlns:w="{WORD}">'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    '<w:pPr><w:spacing w:after="160"/></w:pPr><w:rPr><w:sz w:val="24"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/>'
    '<w:basedOn w:val="Normal"/><w:rPr><w:b/><w:sz w:val="48"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>'
    '<w:basedOn w:val="Normal"/><w:pPr><w:spacing w:before="240"/></w:pPr>'
    '<w:rPr><w:b/><w:sz w:val="32"/></w:rPr></w:style></w:styles>'
)


def make_school(folder: Path) -> tuple[Path, Path, Path]:
    """Make the school in a folder; what is there already stays as it is.

    Returns the document, the roster, and the directory with the students' folders.
    """
    directory = folder / f"Class {CLASS}"
    for student in STUDENTS:
        (directory / student).mkdir(parents=True, exist_ok=True)
    roster = folder / "roster.csv"
    _write_once(roster, _roster().encode("utf-8-sig"))
    document = folder / TITLE
    _write_once(document, _document())
    return document, roster, directory


def _write_once(path: Path, content: bytes) -> None:
    if not path.exists():
        path.write_bytes(content)


def _roster() -> str:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("Student", "Class"))
    rows.writerows((student, CLASS) for student in STUDENTS)
    return text.getvalue()


def _document() -> bytes:
    """A .docx as small as one can be that every word processor opens."""
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
        for style, text in PARAGRAPHS
    )
    document = f'{HEADER}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": ROOT_RELATIONS,
        "word/document.xml": document,
        "word/styles.xml": STYLES,
        "word/_rels/document.xml.rels": DOCUMENT_RELATIONS,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            # A fixed date: the same document is the same bytes, and so the same share.
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            archive.writestr(entry, text, compress_type=zipfile.ZIP_DEFLATED)
    return packed.getvalue()
