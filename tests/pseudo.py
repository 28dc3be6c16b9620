"""A language that nobody speaks: from right to left, longer, and in marks.

Its catalogue is made of ours, so that a page in it shows what was not marked for
translation, what the style sheet thinks is left and right, and what longer words break.
"""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from hectograph.web import LOCALE

TAG = "ar-xb"
"""As Arabic is, of a country that is none."""

OPEN, CLOSE = "⟦", "⟧"
LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ابكديفغهيجخلمنوبقرستعوسخيز" * 2,
)
KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\{|\}\}|\{\w+\}|<[^>]+>|&\w+;")


def pseudo(text: str) -> str:
    """A text in it; what is put in, and tags, as they are."""
    ends = [*KEPT.finditer(text), None]
    told, at = "", 0
    for found in ends:
        told += text[at : found.start() if found else None].translate(LETTERS)
        if found:
            told += found[0]
            at = found.end()
    longer = " ~" * round(len(text) * 0.2)
    return f"{OPEN}{told}{longer}{CLOSE}"


def write_pseudo_locale(root: Path) -> Path:
    """The catalogue in a directory of its own, as a school would add a language."""
    with (LOCALE / "de" / "LC_MESSAGES" / "django.po").open("rb") as opened:
        ours = read_po(opened)
    made = Catalog(fuzzy=False)
    made.mime_headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Plural-Forms", "nplurals=2; plural=(n != 1);"),
    ]
    for each in ours:
        if isinstance(each.id, str) and each.id:
            made.add(each.id, pseudo(each.id), context=each.context)
        elif each.id:
            told = tuple(pseudo(form) for form in each.id)
            made.add(each.id, told, context=each.context)
    place = root / "ar_XB" / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "django.mo").open("wb") as written:
        write_mo(written, made)
    return root


FIND_FOREIGN = """
() => {
  const found = [];
  let depth = 0;
  const told = (text, where) => {
    let kept = "";
    for (const each of text) {
      if (each === "⟦") depth += 1;
      else if (each === "⟧") depth -= 1;
      else if (depth === 0) kept += each;
    }
    if (/[A-Za-z]{2}/.test(kept)) found.push(where + kept.trim());
  };
  const skipped = new Set(["SCRIPT", "STYLE", "CODE", "NOSCRIPT"]);
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) { told(node.data, ""); return; }
    if (node.nodeType !== Node.ELEMENT_NODE || skipped.has(node.tagName)) return;
    const before = depth;
    for (const name of ["aria-label", "title", "alt"]) {
      depth = 0;
      if (node.getAttribute(name)) told(node.getAttribute(name), name + ": ");
    }
    depth = before;
    node.childNodes.forEach(walk);
  };
  walk(document.head.querySelector("title"));
  walk(document.body);
  return found;
}
"""
"""Finds words on a page that stand outside the marks; code left out."""
